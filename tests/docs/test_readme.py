"""The README, and the pages that it hands its details to, say what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from scripts.settings_table import write_table
from tests.conftest import ROOT

README = ROOT / "README.md"
SETTINGS = ROOT / "docs" / "settings.md"
FAILURES = ROOT / "docs" / "failures.md"
MAX_LINES = 200
"""Of the README: who comes first reads no more."""

NAMED_TEST = re.compile(r"`(tests/\S+\.py)::(\w+)`")


def test_the_settings_table_is_the_one_that_the_classes_make() -> None:
    """Run `python -m scripts.settings_table` and paste its output when this fails."""
    assert write_table() in SETTINGS.read_text(encoding="utf-8")


def test_every_failure_has_a_test_that_shows_it() -> None:
    """Each row of the table of failures names tests, and each of them is where it is said to be."""
    rows = _failure_rows()

    assert len(rows) >= 10
    for row in rows:
        named = NAMED_TEST.findall(row)
        assert named, row
        missing = [name for path, name in named if name not in _tests_in(ROOT / path)]
        assert missing == []


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    """What it leaves out is found from it."""
    text = README.read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}

    assert len(text.splitlines()) < MAX_LINES
    assert pages - set(re.findall(r"\]\(docs/(\w+\.md)\)", text)) == set()


def test_continuous_integration_runs_the_command_that_the_readme_names() -> None:
    """`.ci/run` and "Test it" are one and the same check."""
    section = README.read_text(encoding="utf-8").partition("## Test it\n")[2]
    command = section.partition("needs-index\n")[2].partition("\n```")[0]

    assert command == "scripts/check"
    assert f"exec {command}\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def _failure_rows() -> list[str]:
    table = FAILURES.read_text(encoding="utf-8").partition("|---|")[2].partition("\n\n")[0]
    return table.splitlines()[1:]


def _tests_in(path: Path) -> set[str]:
    module = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
