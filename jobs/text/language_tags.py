"""Kokoro's nine languages and every name by which files, requests and libraries call them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpokenLanguage:
    """One language that the model speaks."""

    code: str
    """Kokoro's letter; a voice's name starts with it."""
    name: str
    english_name: str
    """As Project Gutenberg names it, without the country."""
    tag: str
    """BCP 47, for a file's metadata."""
    request_tags: tuple[str, ...]
    """What a request may say, in lower case; espeak-ng knows the last one by the same name."""
    iso_639_2: tuple[str, ...]
    """Codes of three letters, first the one that MP4 and ID3 ask for."""


LANGUAGE_TABLE = (
    SpokenLanguage("a", "American English", "English", "en", ("en", "en-us"), ("eng",)),
    SpokenLanguage("b", "British English", "English", "en-GB", ("en-gb",), ("eng",)),
    SpokenLanguage("e", "Spanish", "Spanish", "es", ("es",), ("spa",)),
    SpokenLanguage("f", "French", "French", "fr", ("fr", "fr-fr"), ("fra", "fre")),
    SpokenLanguage("h", "Hindi", "Hindi", "hi", ("hi",), ("hin",)),
    SpokenLanguage("i", "Italian", "Italian", "it", ("it",), ("ita",)),
    SpokenLanguage("j", "Japanese", "Japanese", "ja", ("ja",), ("jpn",)),
    SpokenLanguage("p", "Brazilian Portuguese", "Portuguese", "pt", ("pt", "pt-br"), ("por",)),
    SpokenLanguage(
        "z", "Mandarin Chinese", "Chinese", "zh", ("zh", "zh-cn"), ("zho", "chi", "cmn")
    ),
)

BY_CODE = {language.code: language for language in LANGUAGE_TABLE}

REQUEST_TAGS = {tag: language.code for language in LANGUAGE_TABLE for tag in language.request_tags}
"""Kokoro's letter by each tag that a request may say."""

LANGUAGE_NAMES = {
    name.lower(): language.code
    for language in reversed(LANGUAGE_TABLE)
    for name in (language.name, language.name.split()[0], language.english_name)
}
"""Kokoro's letter by what people call the language: english is American, british is not."""

ENGLISH = tuple(language.code for language in LANGUAGE_TABLE if language.english_name == "English")
"""Both accents."""

_MISTAKEN = {"jp": "ja", "cn": "zh"}
"""Countries that books state in the place of their languages."""

_UNSTATED = {"", "und", "unknown", "mul", "zxx"}


def find_language(stated: str) -> SpokenLanguage | None:
    """Return the language that metadata state: a tag such as ``pt-PT``, ISO 639-2, or in English.

    Only the primary subtag counts, so that all English is American; None if Kokoro lacks it.
    """
    primary = stated.strip().lower().replace("_", "-").partition("-")[0]
    primary = _MISTAKEN.get(primary, primary)
    for language in LANGUAGE_TABLE:
        if primary in (language.tag, *language.iso_639_2, language.english_name.lower()):
            return language
    return None


def is_stated(stated: str) -> bool:
    """Say whether metadata name a language at all."""
    return stated.strip().lower() not in _UNSTATED
