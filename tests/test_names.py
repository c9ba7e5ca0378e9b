"""The tree's names: no metaphor where the field has a word, no name for two things."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

PRODUCT = ("jobs", "worker", "scripts")

METAPHORS = {
    *("errand", "errands", "reins", "horse", "horses", "tally", "tallies", "standing", "survey"),
    *("surveys", "surveyor", "shelf", "shelves", "tether", "tethers", "ladder", "ladders"),
}
"""Words that this project once used for things that the field has its own names for."""

SHARED_FILE_NAMES = {"__init__", "__main__", "settings"}

_ANY_METAPHOR = re.compile("|".join(METAPHORS), re.IGNORECASE)
_CLASS = re.compile(r"^ *class (\w+)", re.MULTILINE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def test_no_identifier_is_a_metaphor() -> None:
    """No file, class, function, argument or variable has one of the words in its name."""
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in _modules(*PRODUCT, "tests")
        if _ANY_METAPHOR.search(path.stem + (source := path.read_text(encoding="utf-8")))
        for name in (path.stem, *_defined_names(ast.parse(source)))
        if METAPHORS & {word.lower() for word in _WORD.findall(name)}
    }

    assert sorted(found) == []


def test_no_file_name_is_used_twice() -> None:
    """A module's name says what it holds; only a command is named like the module it calls."""
    places = defaultdict(list)
    for path in _modules(*PRODUCT):
        if path.stem not in SHARED_FILE_NAMES and path.parent != ROOT / "scripts" / "commands":
            places[path.stem].append(str(path.relative_to(ROOT)))

    assert [paths for paths in places.values() if len(paths) > 1] == []


def test_no_class_name_is_used_twice() -> None:
    """A class is known by its name alone."""
    places = defaultdict(list)
    for path in _modules(*PRODUCT):
        for name in _CLASS.findall(path.read_text(encoding="utf-8")):
            places[name].append(str(path.relative_to(ROOT)))

    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def _modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _defined_names(tree: ast.Module) -> Iterator[str]:
    """Yield every name that a module gives to something; names that it only uses are left out."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.alias(asname=str(name)):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.keyword(arg=str(name)):
                yield name
