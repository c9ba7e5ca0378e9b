"""Word error rate: only words that were heard wrong count."""

from __future__ import annotations

import sys

import pytest

from jobs.errors import StartupError
from scripts.measure.quality import word_error_rate
from scripts.measure.quality.word_error_rate import WordErrors, add_errors, count_errors

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Hello, World!", "hello world"),
        ("It's 25 percent of the colour.", "it is twenty five percent of the color"),
        ("Dr. Wells didn't come.", "Doctor Wells did not come"),
        ("bread —\n\nand  salt", "Bread and salt."),
        ("He came (at last) home.", "he came at last home"),
    ],
    ids=["case and marks", "numbers and spelling", "short forms", "space", "brackets"],
)
def test_the_way_of_writing_is_no_error(written: str, heard: str) -> None:
    """What sounds the same counts as the same."""
    assert count_errors(written, heard).errors == 0


@pytest.mark.parametrize(
    ("heard", "errors"),
    [
        ("the cat sat down", 0),
        ("the cat sat", 1),
        ("the cap sat down", 1),
        ("oh the cat sat down", 1),
        ("", 4),
    ],
    ids=["equal", "left out", "replaced", "put in", "nothing"],
)
def test_errors_are_counted_by_word(heard: str, errors: int) -> None:
    """Left out, replaced and put in weigh the same, against the words that were written."""
    assert count_errors("The cat sat down.", heard) == WordErrors(errors=errors, words=4)


def test_a_text_without_words_has_no_rate() -> None:
    """Words heard in silence are errors, but there is nothing to divide by."""
    found = count_errors("—", "thank you")

    assert found == WordErrors(errors=2, words=0)
    assert found.rate is None


def test_rates_are_taken_over_all_words() -> None:
    """A long text weighs more than a short one."""
    total = add_errors([WordErrors(1, 1), WordErrors(0, 9)])

    assert total.rate == 0.1
    assert add_errors([]).rate is None


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra there is one line with what to install."""
    word_error_rate._normalizer.cache_clear()
    monkeypatch.setitem(sys.modules, "whisper_normalizer.english", None)

    with pytest.raises(StartupError, match=r"pip install 'kokoro-tts-processor\[quality\]'"):
        count_errors("a", "b")
