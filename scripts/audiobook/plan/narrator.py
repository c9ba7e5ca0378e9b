"""Chooses voice and language for a book when the command names none."""

from dataclasses import dataclass

from jobs.errors import InvalidRequest
from jobs.text.language_tags import BY_CODE, find_language, is_stated
from jobs.voices import DEFAULT_VOICE, LANGUAGES, default_voice, parse_language


@dataclass(frozen=True, slots=True)
class Narrator:
    """A voice and the language that it speaks."""

    voice: str
    """A voice or a blend."""
    language: str = "auto"
    """As `SpeechRequest` takes it; ``auto`` is the voice's own."""

    @property
    def tag(self) -> str:
        """Tag of the language for a file's metadata."""
        return BY_CODE[parse_language(self.language, self.voice)].tag


def choose_narrator(stated: str, *, voice: str | None, language: str | None) -> Narrator:
    """Return the narrator of a book whose metadata name the language `stated`.

    Raises:
        InvalidRequest: no voice or language was given, and Kokoro lacks the book's language.
    """
    if voice:
        return Narrator(voice, language or "auto")
    if language:
        letter = parse_language(language, DEFAULT_VOICE)
        return Narrator(default_voice(letter), letter)
    if not is_stated(stated):
        return Narrator(DEFAULT_VOICE)
    if spoken := find_language(stated):
        return Narrator(default_voice(spoken.code))
    raise InvalidRequest(
        f"its language is {stated!r}, and Kokoro speaks {', '.join(LANGUAGES.values())}; "
        "give --lang or --voice to have it read all the same"
    )
