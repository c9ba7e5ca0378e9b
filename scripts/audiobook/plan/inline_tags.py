"""Inline tags that change who speaks, how fast and in which language, from there on.

``[voice:am_adam]``, ``[speed:1.2]``, ``[lang:fr]``; with ``default`` it is the chapter's own again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jobs.errors import InvalidRequest
from jobs.request import MAX_SPEED, MIN_SPEED
from jobs.voices import parse_language, parse_voice

TAG = re.compile(r"\[(?P<kind>voice|speed|lang):(?P<value>[^\[\]\s]+)\]")
"""One tag; other text in square brackets is left alone."""

_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Who speaks, and how."""

    voice: str
    speed: float
    """Above 1 is faster."""
    language: str
    """As `SpeechRequest` takes it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text between two tags."""

    start: int
    end: int
    delivery: Delivery


def read_tags(text: str, default: Delivery) -> Iterator[Stretch]:
    """Yield the stretches of `text`, tags left out; each is spoken in one way.

    Raises:
        InvalidRequest: a tag names no voice, speed or language that there is.
    """
    start, delivery = 0, default
    for match in TAG.finditer(text):
        if match.start() > start:
            yield Stretch(start, match.start(), delivery)
        start = match.end()
        delivery = _change(delivery, default, match)
    if start < len(text):
        yield Stretch(start, len(text), delivery)


def _change(delivery: Delivery, default: Delivery, match: re.Match[str]) -> Delivery:
    value = match["value"]
    try:
        match match["kind"]:
            case "voice":
                voice = default.voice if value == _DEFAULT else value
                parse_voice(voice)
                return replace(delivery, voice=voice)
            case "lang":
                language = default.language if value == _DEFAULT else value
                parse_language(language, default.voice)
                return replace(delivery, language=language)
            case _:
                speed = default.speed if value == _DEFAULT else _read_speed(value)
                return replace(delivery, speed=speed)
    except InvalidRequest as exc:
        raise type(exc)(f"{match[0]} in the text: {exc}") from exc


def _read_speed(value: str) -> float:
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise InvalidRequest(f"a speed is a number from {MIN_SPEED} to {MAX_SPEED}")
    return speed
