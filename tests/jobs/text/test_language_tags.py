from __future__ import annotations

import pytest

from jobs.text.language_tags import LANGUAGE_TABLE, find_language, is_stated
from jobs.voices import DEFAULT_VOICE, VOICES, default_voice, parse_language


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("en-AU", "a"),
        ("eng", "a"),
        ("English", "a"),
        ("es_MX", "e"),
        ("fre", "f"),
        ("fra", "f"),
        ("Hindi", "h"),
        (" ja ", "j"),
        ("pt-PT", "p"),
        ("zh-Hant-TW", "z"),
        ("cmn", "z"),
        ("de", None),
        ("", None),
        ("-", None),
    ],
)
def test_a_book_s_language_is_found_by_any_of_its_names(stated: str, code: str | None) -> None:
    """Two letters, three letters or English; countries and scripts do not matter."""
    found = find_language(stated)

    assert (found and found.code) == code


def test_every_language_has_a_voice_and_its_own_tags() -> None:
    """The table agrees with the catalogue of voices, and each tag names one language."""
    assert {name[0] for name in VOICES} == {language.code for language in LANGUAGE_TABLE}
    for language in LANGUAGE_TABLE:
        assert default_voice(language.code).startswith(language.code)
        for tag in (language.code, language.tag, *language.request_tags):
            assert parse_language(tag, DEFAULT_VOICE) == language.code


@pytest.mark.parametrize("stated", ["", "und", " UND", "unknown", "mul", "zxx"])
def test_what_names_no_language_states_none(stated: str) -> None:
    """Codes for unknown, many and no language are as good as silence."""
    assert not is_stated(stated)
    assert is_stated("tlh")
