"""Words that are written alike and said in two ways: what a reader would say in the sentence."""

from __future__ import annotations

import pytest

from tests.builders.vocabulary import VOCABULARY
from tests.worker.pronunciation.two_readings import find_misses, load_cases

pytest.importorskip("misaki", reason="pronunciation comes with the extra 'worker'")

from worker.pronunciation.phonemize import load_phonemizer


def test_two_readings_are_told_apart() -> None:
    """The right one is said in at least 83 of 100 sentences."""
    cases = load_cases()

    misses = list(find_misses(cases, load_phonemizer("a", VOCABULARY)))

    assert len(cases) >= 400
    assert len(misses) <= 0.17 * len(cases)
