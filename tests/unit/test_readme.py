"""The README says what the code says."""

from __future__ import annotations

from pathlib import Path

from scripts.settings_table import write_table

README = Path(__file__).parents[2] / "README.md"


def test_the_settings_table_is_the_one_that_the_classes_make() -> None:
    """Run `python -m scripts.settings_table` and paste its output when this fails."""
    assert write_table() in README.read_text(encoding="utf-8")
