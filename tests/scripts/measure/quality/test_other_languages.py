"""Other languages are compared word by word, or character by character, and with fp32."""

from __future__ import annotations

import pytest

from scripts.measure.quality.other_languages import count_foreign_errors, find_loss
from scripts.measure.quality.recogniser import LANGUAGE_CODES
from scripts.measure.quality.word_error_rate import WordErrors


@pytest.mark.parametrize(
    ("written", "heard", "language", "expected"),
    [
        ("¿Dónde está, señor?", "donde está señor", "e", WordErrors(1, 3)),
        ("L’eau est FROIDE.", "l'eau est froide", "f", WordErrors(0, 4)),
        ("今日は、雨です。", "今日は雨です", "j", WordErrors(0, 6)),
        ("今天下雨。", "今天 下雪", "z", WordErrors(1, 4)),
    ],
)
def test_case_and_marks_do_not_count(
    written: str, heard: str, language: str, expected: WordErrors
) -> None:
    """Languages without spaces have no words to count, but characters."""
    assert count_foreign_errors(written, heard, language) == expected


def test_only_what_fp32_does_better_is_a_loss() -> None:
    """The recogniser's own errors are in both; without fp32 there is nothing to say."""
    found = {"sentences": 1, "error_rate": 0.3, "error_rate_fp32": 0.2}

    assert find_loss({"e": found, "j": found | {"error_rate": 0.1}}) == 0.0
    assert find_loss({"e": found}) == pytest.approx(0.1)
    assert find_loss({"e": found | {"error_rate_fp32": None}}) is None


def test_hindi_is_left_out() -> None:
    """Whisper writes it in Latin letters."""
    assert set(LANGUAGE_CODES) == set("efijpz")
