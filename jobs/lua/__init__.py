"""The steps that Redis must take all at once, each a Lua script in a file of its own."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def load_script(name: str) -> str:
    """Return the source of the script `name`, for example ``submit``."""
    return resources.files(__package__).joinpath(f"{name}.lua").read_text(encoding="utf-8")
