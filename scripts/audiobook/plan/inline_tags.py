"""Inline tags change voice, speed and language for the text after them.

``[voice:am_adam]`` or a role's name, ``[speed:1.2]``, ``[lang:fr]``; the value ``default`` restores
the chapter's.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from jobs.errors import InvalidRequest
from jobs.text.markup import write_pause
from jobs.text.pauses import scale_pauses
from jobs.text.roles import Role
from jobs.voices import MAX_SPEED, MIN_SPEED, parse_language, parse_voice
from scripts.audiobook.plan.passages import SHARED_ROLES, RolePassage, find_passages
from scripts.audiobook.plan.plan import PlannedChapter

TAG = re.compile(r"\[(?P<kind>voice|speed|lang):(?P<value>[^\[\]\n]{1,200})\]")
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
    speaker: str = ""
    """The role; empty for the narrator and for voices of the catalogue."""
    voice_at: int = 0
    """Where the tag of its voice stands; 0 without one."""
    speed_at: int = -1
    """Where the tag of its speed stands; -1 without one."""


def read_tags(chapter: PlannedChapter) -> Iterator[TextSpan]:
    """Yield the spans of a chapter's text between its tags, parted by roles where no tag speaks.

    What names no voice, role, speed or language is text like any other.
    """
    roles, passages = dict(chapter.roles), _find_passages(chapter)
    default = span = _default_span(chapter)
    for match in TAG.finditer(chapter.text):
        try:
            changed = _change(span, default, match, roles)
        except InvalidRequest:
            continue
        if match.start() > span.start:
            yield from _cast(replace(span, end=match.start()), default, passages, roles)
        span = replace(changed, start=match.end())
    if span.start < len(chapter.text):
        yield from _cast(span, default, passages, roles)


def drop_tags(text: str, chapter: PlannedChapter) -> str:
    """Return some of a chapter's text without its tags; what is spoken as words stays."""
    default, roles = _default_span(chapter), dict(chapter.roles)

    def drop(match: re.Match[str]) -> str:
        try:
            _change(default, default, match, roles)
        except InvalidRequest:
            return match[0]
        return ""

    return TAG.sub(drop, text)


def find_wrong_tags(chapter: PlannedChapter) -> Iterator[str]:
    """Yield a sentence for each tag in a chapter that is spoken as it stands."""
    default, roles = _default_span(chapter), dict(chapter.roles)
    for match in TAG.finditer(chapter.text):
        try:
            _change(default, default, match, roles)
        except InvalidRequest as exc:
            number = chapter.text.count("\n\n", 0, match.start()) + 1
            place = f"{match[0]} in {chapter.title!r}"
            yield f"{place} is spoken as words: {exc} (paragraph {number})"


def _default_span(chapter: PlannedChapter) -> TextSpan:
    return TextSpan(0, len(chapter.text), chapter.voice, chapter.speed, chapter.language)


def _find_passages(chapter: PlannedChapter) -> list[RolePassage]:
    if not chapter.roles:
        return []
    pause = write_pause(scale_pauses(chapter.pause_scale).heading_seconds)
    language = parse_language(chapter.language, chapter.voice)
    names = [name for name, _ in chapter.roles]
    return find_passages(chapter.text, names, language, chapter.cast, pause)


def _cast(
    span: TextSpan, default: TextSpan, passages: Sequence[RolePassage], roles: Mapping[str, Role]
) -> Iterator[TextSpan]:
    """Yield a span between two tags, parted where a role speaks, each with its speed."""
    if span.speaker:
        yield replace(span, speed=_choose_speed(span, roles[span.speaker], span.voice_at))
        return
    at = span.start
    is_narrators = (span.voice, span.language) == (default.voice, default.language)
    first = bisect_right(passages, span.start, key=lambda passage: passage.end)
    for passage in islice(passages, first, None) if is_narrators else ():
        if passage.start >= span.end:
            break
        start, end = max(at, passage.start), min(span.end, passage.end)
        if at < start:
            yield replace(span, start=at, end=start)
        role = roles[passage.role]
        yield replace(
            span,
            start=start,
            end=end,
            voice=role.voice,
            speed=_choose_speed(span, role, passage.start),
            speaker=passage.role,
        )
        at = end
    if at < span.end:
        yield replace(span, start=at)


def _choose_speed(span: TextSpan, role: Role, start: int) -> float:
    """Return the speed of a role that speaks from `start`: a later tag's before its own."""
    return span.speed if role.speed is None or span.speed_at >= start else role.speed


def _change(
    span: TextSpan, default: TextSpan, match: re.Match[str], roles: Mapping[str, Role]
) -> TextSpan:
    value = match["value"]
    match match["kind"]:
        case "voice":
            if role := roles.get(value):
                return replace(span, voice=role.voice, speaker=value, voice_at=match.start())
            voice = default.voice if value in {_DEFAULT, *SHARED_ROLES} else value
            parse_voice(voice)
            return replace(span, voice=voice, speaker="")
        case "lang":
            language = default.language if value == _DEFAULT else value
            parse_language(language, default.voice)
            return replace(span, language=language)
        case _:
            if value == _DEFAULT:
                return replace(span, speed=default.speed, speed_at=-1)
            return replace(span, speed=_read_speed(value), speed_at=match.start())


def _read_speed(value: str) -> float:
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise InvalidRequest(f"a speed is a number from {MIN_SPEED} to {MAX_SPEED}")
    return speed
