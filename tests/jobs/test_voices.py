"""The catalogue, blends and languages."""

from __future__ import annotations

from collections import Counter

import pytest

from jobs.errors import InvalidRequest, UnknownVoice
from jobs.voices import LANGUAGES, VOICES, format_voice, parse_language, parse_voice


def test_the_catalogue_is_that_of_kokoro_1_0():
    """54 voices, each of a known language and gender, none twice."""
    per_language = Counter(name[0] for name in VOICES)

    assert len(VOICES) == len(set(VOICES)) == 54
    assert per_language == {"a": 20, "b": 8, "e": 3, "f": 1, "h": 4, "i": 2, "j": 5, "p": 3, "z": 8}
    assert set(per_language) == set(LANGUAGES)
    assert {name[1] for name in VOICES} == {"f", "m"}


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("af_heart", "af_heart"),
        (" af_heart ", "af_heart"),
        ("af_heart:3", "af_heart"),
        ("af_heart,am_adam", "af_heart:0.5,am_adam:0.5"),
        ("am_adam:3,af_heart:7", "af_heart:0.7,am_adam:0.3"),
        ("af_heart:0.7 , am_adam:0.3", "af_heart:0.7,am_adam:0.3"),
        ("af_heart,am_adam:3", "am_adam:0.75,af_heart:0.25"),
    ],
)
def test_a_blend_has_one_canonical_form(given: str, canonical: str):
    """Weights are relative, the heaviest voice comes first, and the form is stable."""
    written = format_voice(parse_voice(given))

    assert written == canonical
    assert format_voice(parse_voice(written)) == canonical


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("af_hart", "voice 'af_hart' is unknown; did you mean 'af_heart'?"),
        ("nobody at all", "`ktts voices` lists them"),
        ("", "voice '' is unknown"),
        ("af_heart,", "voice '' is unknown"),
    ],
)
def test_an_unknown_voice_gets_a_hint(given: str, message: str):
    """A misspelt voice is answered with the nearest one, else with the command that lists them."""
    with pytest.raises(UnknownVoice) as caught:
        parse_voice(given)

    assert message in str(caught.value)


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf", "much", ""])
def test_a_weight_must_be_a_positive_number(weight: str):
    """A weight that is none is named, with the way to write a blend."""
    with pytest.raises(InvalidRequest, match=r"is not a number above 0; write a blend as"):
        parse_voice(f"af_heart:{weight},am_adam")


def test_a_voice_is_blended_once():
    """Naming a voice twice is refused instead of guessing what was meant."""
    with pytest.raises(InvalidRequest, match="named twice"):
        parse_voice("af_heart,af_heart:2")


def test_a_blend_is_bounded():
    """More voices than a blend can use are refused with both numbers."""
    with pytest.raises(InvalidRequest, match="at most 8 voices, not 9"):
        parse_voice(",".join(VOICES[:9]))


@pytest.mark.parametrize(
    ("given", "voice", "letter"),
    [
        ("auto", "bf_emma", "b"),
        ("auto", "jf_alpha:0.6,af_heart:0.4", "j"),
        ("en-US", "af_heart", "a"),
        ("en_gb", "af_heart", "b"),
        ("PT-BR", "af_heart", "p"),
        ("z", "af_heart", "z"),
    ],
)
def test_a_language_is_one_letter_in_the_end(given: str, voice: str, letter: str):
    """Tags in any spelling become Kokoro's letter; auto is that of the heaviest voice."""
    assert parse_language(given, voice) == letter


def test_an_unknown_language_lists_the_nine():
    """A language that Kokoro does not speak is refused with those that it does."""
    with pytest.raises(InvalidRequest, match=r"'de' is unknown; use auto or one of a \(American"):
        parse_language("de", "af_heart")
