"""The producer's library under a name that no application has; its modules are those of `jobs`.

They lie in the folder ``jobs`` beside this one and are found by their place, not by that name,
which may be an application's. `jobs.second_name` says how both names come to share them. This
module becomes that package itself, under its own import lock, so that a thread which imports it
meanwhile waits until it is complete.
"""

# Before all else: threads that import a module of this package look here without waiting.
__path__ = [__path__[0].removesuffix(__name__) + "jobs"]

from importlib.util import spec_from_file_location
from pathlib import Path

__path__ = [str(Path(__path__[0]).resolve())]
_SPEC = spec_from_file_location(
    __name__, f"{__path__[0]}/__init__.py", submodule_search_locations=__path__
)
if _SPEC is None or _SPEC.loader is None or __spec__ is None:
    raise ImportError(f"{__path__[0]} cannot be loaded", name=__name__)
__file__ = __spec__.origin = f"{__path__[0]}/__init__.py"
__loader__ = __spec__.loader = _SPEC.loader
__spec__.submodule_search_locations = __path__
exec(_SPEC.loader.get_code(__name__), globals())  # type: ignore[attr-defined]  # noqa: S102
