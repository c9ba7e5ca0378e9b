"""The Lua scripts: each is one change of the queue that Redis makes completely or not at all."""

from functools import cache
from importlib import resources


@cache
def load_script(name: str) -> str:
    """Return the source of the script `name`, for example ``submit``."""
    return resources.files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
