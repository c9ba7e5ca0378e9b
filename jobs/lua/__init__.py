"""The Lua scripts: each is one change of the queue that Redis makes completely or not at all."""

from functools import cache
from importlib import resources

_SHARED = "-- include: turns\n"


@cache
def load_script(name: str) -> str:
    """Return the source of the script `name`, for example ``submit``."""
    source = _read(name)
    return source.replace(_SHARED, _read("turns")) if _SHARED in source else source


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
