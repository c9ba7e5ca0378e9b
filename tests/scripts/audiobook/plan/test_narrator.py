"""Who reads a book, by what the command says and what the book says."""

from __future__ import annotations

import pytest

from jobs.errors import InvalidRequest
from scripts.audiobook.plan.narrator import Narrator, choose_narrator

CHOICES = {
    "nothing stated": ("", None, None, "af_heart", "auto", "en"),
    "undetermined": ("und", None, None, "af_heart", "auto", "en"),
    "american": ("en-US", None, None, "af_heart", "auto", "en"),
    "british book": ("en-GB", None, None, "af_heart", "auto", "en"),
    "three letters": ("fre", None, None, "ff_siwis", "auto", "fr"),
    "spanish of mexico": ("es_MX", None, None, "ef_dora", "auto", "es"),
    "japanese": ("ja", None, None, "jf_alpha", "auto", "ja"),
    "british wanted": ("en-US", None, "en-gb", "bf_emma", "b", "en-GB"),
    "language wanted": ("de", None, "it", "if_sara", "i", "it"),
    "voice wanted": ("de", "am_adam", None, "am_adam", "auto", "en"),
    "both wanted": ("de", "am_adam", "es", "am_adam", "es", "es"),
}


@pytest.mark.parametrize(
    ("stated", "voice", "language", "reader", "spoken", "tag"), CHOICES.values(), ids=CHOICES
)
def test_who_reads(  # noqa: PLR0917 - a table of six columns
    stated: str, voice: str | None, language: str | None, reader: str, spoken: str, tag: str
):
    """The command comes before the book; a voice speaks its own language; English is default."""
    narrator = choose_narrator(stated, voice=voice, language=language)

    assert narrator == Narrator(reader, spoken)
    assert narrator.tag == tag


def test_a_language_that_kokoro_does_not_speak_is_refused():
    """It is named, and so is what would have the book read all the same."""
    with pytest.raises(InvalidRequest, match=r"its language is 'de', .*give --lang or --voice"):
        choose_narrator("de", voice=None, language=None)
