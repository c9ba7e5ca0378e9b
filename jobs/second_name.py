"""Lets `jobs` and ``kokoro_tts_processor`` share their modules, so that each class exists once.

All modules are loaded under the second name, which no application has. The package `jobs` borrows
them: importing ``jobs.errors`` imports ``kokoro_tts_processor.errors`` and gives it a second entry
in `sys.modules`. An application with a `jobs` of its own never imports ours, and nothing here
touches that name before somebody does.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

OWN_NAME = "kokoro_tts_processor"


def borrow_modules(borrower: str, folder: Path) -> None:
    """Let the package `borrower` have the modules of ``kokoro_tts_processor``.

    Args:
        borrower: A package that is being imported.
        folder: Where the modules are, should nobody have loaded them yet.
    """
    finder = _AtFolder(folder)
    sys.meta_path.insert(0, finder)
    try:  # the import system's locks make threads wait for each other
        own = import_module(OWN_NAME)
    finally:
        sys.meta_path.remove(finder)
    if list(own.__path__) != [str(folder)]:
        return  # of another installation, perhaps of another version: each keeps its own
    sys.modules.setdefault(f"{OWN_NAME}.{Path(__file__).stem}", sys.modules[__name__])
    sys.meta_path.insert(0, _Borrowing(sys.modules[borrower]))


class _AtFolder(MetaPathFinder):
    """Finds the package of the second name at its place, wherever Python looks for packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname != OWN_NAME:
            return None
        return spec_from_file_location(
            OWN_NAME,
            self._folder / "__init__.py",
            submodule_search_locations=[str(self._folder)],
        )


class _Borrowing(MetaPathFinder, Loader):
    """Finds each module of one package under the second name."""

    def __init__(self, borrower: ModuleType) -> None:
        self._borrower = borrower

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        package, _, module = fullname.partition(".")
        # Another package of the same name may have taken the borrower's place since, as in tests.
        if package != self._borrower.__name__ or sys.modules.get(package) is not self._borrower:
            return None
        found = find_spec(f"{OWN_NAME}.{module}") if module else None
        if found is None:
            return None
        is_package = found.submodule_search_locations is not None
        return ModuleSpec(fullname, self, origin=found.origin, is_package=is_package)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(OWN_NAME + spec.name.removeprefix(self._borrower.__name__))
        # The import system puts `spec` in its place; relative imports need the module's own.
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None and module.__spec__.loader is self:
            module.__spec__ = module.__spec__.loader_state
