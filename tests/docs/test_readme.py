"""The README says what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from scripts.settings_table import write_table
from tests.conftest import ROOT

README = ROOT / "README.md"
NAMED_TEST = re.compile(r"`(tests/\S+\.py)::(\w+)`")


def test_the_settings_table_is_the_one_that_the_classes_make() -> None:
    """Run `python -m scripts.settings_table` and paste its output when this fails."""
    assert write_table() in README.read_text(encoding="utf-8")


def test_every_failure_has_a_test_that_shows_it() -> None:
    """Each row of the table of failures names tests, and each of them is where it is said to be."""
    rows = _failure_rows()

    assert len(rows) >= 10
    for row in rows:
        named = NAMED_TEST.findall(row)
        assert named, row
        missing = [name for path, name in named if name not in _tests_in(ROOT / path)]
        assert missing == []


def _failure_rows() -> list[str]:
    section = README.read_text(encoding="utf-8").partition("## When something fails")[2]
    table = section.partition("|---|")[2].partition("\n\n")[0]
    return table.splitlines()[1:]


def _tests_in(path: Path) -> set[str]:
    module = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
