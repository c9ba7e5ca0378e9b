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
        ("At 7:45, doors open.", "At 7.45 doors open."),
    ],
    ids=["case and marks", "numbers and spelling", "short forms", "space", "brackets", "clock"],
)
def test_the_way_of_writing_is_no_error(written: str, heard: str) -> None:
    """What sounds the same counts as the same."""
    assert count_errors(written, heard).errors == 0


@pytest.mark.parametrize("heard", ["May 4, 5:40, they left.", "May the fourth, 5.40, they left."])
def test_the_words_of_the_reading_are_no_errors_either(heard: str) -> None:
    """A date that a Briton says may be written down in the words or as it stood in the text."""
    said = "May the fourth, five forty, they left."

    found = count_errors("May 4, 5:40, they left.", heard, said=said)

    assert found == WordErrors(errors=0, words=found.words)


def test_a_word_that_neither_form_has_is_an_error() -> None:
    """The nearer of the two forms counts."""
    said = "On May the fourth, they left."

    assert (
        count_errors("On May 4, they left.", "On May the first, they left.", said=said).errors == 1
    )


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

    with pytest.raises(StartupError, match=r"pip install .*\[quality\]'"):
        count_errors("a", "b")
