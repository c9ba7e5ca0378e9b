"""The producer's library under a name that no application has; its modules are those of `jobs`.

They lie in the folder ``jobs`` beside this one and are found by their place, not by that name,
which may be an application's. `jobs.second_name` says how both names come to share them.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[1] / "jobs"
_SPEC = spec_from_file_location(
    __name__, _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
)
if _SPEC is None or _SPEC.loader is None:
    raise ImportError(f"{_FOLDER} cannot be loaded", name=__name__)
_MODULE = sys.modules[__name__] = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MODULE)
