"""Inline tags change voice, speed and language for the text after them.

``[voice:am_adam]``, ``[speed:1.2]``, ``[lang:fr]``; the value ``default`` restores the chapter's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jobs.errors import InvalidRequest
from jobs.voices import MAX_SPEED, MIN_SPEED, parse_language, parse_voice
from scripts.audiobook.plan.plan import PlannedChapter

TAG = re.compile(r"\[(?P<kind>voice|speed|lang):(?P<value>[^\[\]\s]+)\]")
"""One tag; other text in square brackets is no tag."""

_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A span of a chapter's text that is spoken in one voice, speed and language."""

    start: int
    end: int
    voice: str
    speed: float
    """Above 1 is faster."""
    language: str
    """As `SpeechRequest` takes it."""


def read_tags(chapter: PlannedChapter) -> Iterator[TextSpan]:
    """Yield the spans of a chapter's text between its tags.

    What names no voice, speed or language is text like any other.
    """
    end = len(chapter.text)
    default = span = TextSpan(0, end, chapter.voice, chapter.speed, chapter.language)
    for match in TAG.finditer(chapter.text):
        try:
            changed = _change(span, default, match)
        except InvalidRequest:
            continue
        if match.start() > span.start:
            yield replace(span, end=match.start())
        span = replace(changed, start=match.end())
    if span.start < end:
        yield span


def find_wrong_tags(chapter: PlannedChapter) -> Iterator[str]:
    """Yield a sentence for each tag in a chapter that is spoken as it stands."""
    default = TextSpan(0, 0, chapter.voice, chapter.speed, chapter.language)
    for match in TAG.finditer(chapter.text):
        try:
            _change(default, default, match)
        except InvalidRequest as exc:
            yield f"{match[0]} in {chapter.title!r} is spoken as words: {exc}"


def _change(span: TextSpan, default: TextSpan, match: re.Match[str]) -> TextSpan:
    value = match["value"]
    match match["kind"]:
        case "voice":
            voice = default.voice if value == _DEFAULT else value
            parse_voice(voice)
            return replace(span, voice=voice)
        case "lang":
            language = default.language if value == _DEFAULT else value
            parse_language(language, default.voice)
            return replace(span, language=language)
        case _:
            speed = default.speed if value == _DEFAULT else _read_speed(value)
            return replace(span, speed=speed)


def _read_speed(value: str) -> float:
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise InvalidRequest(f"a speed is a number from {MIN_SPEED} to {MAX_SPEED}")
    return speed
