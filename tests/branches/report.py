"""``pytest -p tests.branches.report``: prints which branches ran in any process, in six lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.branches.in_process import VARIABLE

WORST = 5
"""So many files are named, of those that have at least so many branches:"""

SMALLEST = 10


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the total and the files with the lowest coverage, before the runner's last line."""
    terminalreporter.section("branch coverage")
    for line in describe(Path(os.environ[VARIABLE])):
        terminalreporter.write_line(line)


def describe(folder: Path) -> Iterator[str]:
    """Yield the total and the worst files, the lowest first, with the lines that no test ran."""
    taken = (folder / "map").read_bytes()
    rows, first = [], 0
    for name, lines in json.loads((folder / "lines.json").read_text(encoding="utf-8")).items():
        missed = [line for number, line in enumerate(lines, first) if not taken[number]]
        first += len(lines)
        if len(lines) >= SMALLEST:
            rows.append((100 * (1 - len(missed) / len(lines)), name, missed))
    yield f"{100 * sum(taken) / len(taken):.1f} % of {len(taken)} branches; worst:"
    for part, name, missed in sorted(rows)[:WORST]:
        yield f"{part:5.1f} % {name}: {', '.join(map(str, sorted(missed)))}"
