"""docs/reading.md shows what the reading rules do today."""

from __future__ import annotations

import pytest

from tests.docs.reading_tables import DOCUMENT, MARK, TABLES, find_examples, write_tables


def test_the_tables_are_those_that_the_rules_are_tested_by() -> None:
    """Run `python -m tests.docs.reading_tables` when this fails."""
    assert DOCUMENT.read_text(encoding="utf-8").partition(MARK)[2] == f"\n{write_tables()}"


@pytest.mark.parametrize("language", TABLES)
def test_no_kind_is_left_out(language: str) -> None:
    """Each kind that a language's rules have is shown by an example."""
    assert {example[0] for example in find_examples(language)} == set(TABLES[language].kinds)
