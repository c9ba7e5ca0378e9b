"""Words that are written alike and said in two ways: what a reader would say in the sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.vocabulary import VOCABULARY
from tests.worker.pronunciation.two_readings import SENTENCES, UNSEEN, find_misses, load_cases

pytest.importorskip("misaki", reason="pronunciation comes with the extra 'worker'")

from worker.pronunciation.phonemize import load_phonemizer


@pytest.mark.parametrize(("path", "least"), [(SENTENCES, 400), (UNSEEN, 700)], ids=["seen", "new"])
def test_two_readings_are_told_apart(path: Path, least: int) -> None:
    """The right one is said in at least 98 of 100 sentences."""
    cases = load_cases(path)

    misses = list(find_misses(cases, load_phonemizer("a", VOCABULARY)))

    assert len(cases) >= least
    assert len(misses) <= 0.02 * len(cases), misses
