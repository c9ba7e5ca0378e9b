"""Who reads a book, and in which language, where the command does not say."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.errors import InvalidRequest
from jobs.voices import DEFAULT_VOICE, LANGUAGES, default_voice, parse_language

TAGS = {
    "a": "en",
    "b": "en-GB",
    "e": "es",
    "f": "fr",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt",
    "z": "zh",
}
"""Kokoro's letters as tags for a file's metadata."""

_LETTERS = {
    "a": ("en", "eng", "english"),
    "e": ("es", "spa"),
    "f": ("fr", "fra", "fre"),
    "h": ("hi", "hin"),
    "i": ("it", "ita"),
    "j": ("ja", "jpn"),
    "p": ("pt", "por"),
    "z": ("zh", "zho", "chi", "cmn"),
}
"""Primary subtags that books use, by Kokoro's letter; all English is read by the default voice."""

_UNSTATED = {"", "und", "mul", "zxx"}


@dataclass(frozen=True, slots=True)
class Narrator:
    """A voice and what it speaks."""

    voice: str
    """A voice or a blend."""
    language: str = "auto"
    """As `SpeechRequest` takes it; auto is the voice's own."""

    @property
    def tag(self) -> str:
        """Its language, for a file's metadata."""
        return TAGS[parse_language(self.language, self.voice)]


def choose_narrator(stated: str, *, voice: str | None, language: str | None) -> Narrator:
    """Return who reads a book whose metadata state the language `stated`.

    Raises:
        InvalidRequest: nobody was named, and Kokoro does not speak the book's language.
    """
    if voice:
        return Narrator(voice, language or "auto")
    if language:
        letter = parse_language(language, DEFAULT_VOICE)
        return Narrator(default_voice(letter), letter)
    if not is_stated(stated):
        return Narrator(DEFAULT_VOICE)
    primary = stated.strip().lower().replace("_", "-").partition("-")[0]
    for letter, subtags in _LETTERS.items():
        if primary in subtags:
            return Narrator(default_voice(letter))
    raise InvalidRequest(
        f"its language is {stated!r}, and Kokoro speaks {', '.join(LANGUAGES.values())}; "
        "give --lang or --voice to have it read all the same"
    )


def is_stated(language: str) -> bool:
    """Return whether a book's metadata name a language at all."""
    return language.strip().lower() not in _UNSTATED
