"""Splits a text into chunks that the model can speak, as they are needed.

The chunks' spans tile the text in order: whatever has no sound goes with the chunk before it (at
the start of the text, with the one after) and is listed there. Chunks break after a sentence, else
a clause, else a word, and never hold more phonemes than the model reads.

Nothing is remembered between chunks but the place, so that reading can start again after any of
them; and nothing ahead of the next chunk is looked at, so that a book starts as fast as a line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from jobs.errors import EmptyText
from jobs.request import Unspoken
from jobs.text.markup import SOUND, SPEAKER, SPEED, read_speed
from jobs.text.pauses import PauseTable, scale_pauses
from worker.engine import PhonemeToken, Phonemizer
from worker.pronunciation.units import FIRST_PHONEMES, TARGET_PHONEMES, Silence, Unit, UnitReader

MIN_PHONEMES = 40
"""A shorter chunk sounds odd; it takes one more sentence though that is above the target."""

_SPEED_OR_SOUND = re.compile(f"{SPEED.pattern}|{SOUND.pattern}", re.IGNORECASE)
LONE_PHONEMES = 10
"""Alone, so short a piece is misheard: it is spoken with a neighbour across a paragraph's end."""

SHORT_SENTENCE_PHONEMES = 15
"""Sentences up to here come in rows ("No. Yes. Stop!"), which are spoken faster than others."""

_NO_LEXICON: Mapping[str, str] = MappingProxyType({})
_NO_SPEAKERS: Mapping[str, Phonemizer] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Joint:
    """A place inside a chunk at which it must be silent for a while."""

    position: int
    """Number of phonemes before it."""
    pause_seconds: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the text, as the model reads it."""

    index: int
    """0, 1, ... in the request."""
    start: int
    """First character in the request's text; the chunks tile that text in order."""
    end: int
    """Character after the last."""
    phonemes: str
    """1 to 510 characters, all in the vocabulary; the tokens' phonemes, joined."""
    pause_seconds: float
    """Silence after it: from punctuation, the paragraph's end, or ``[pause:..]``."""
    lead_seconds: float
    """Silence before it, only from ``[pause:..]`` at the very start of the text."""
    tokens: tuple[PhonemeToken, ...]
    """Its words with places in the request's text, which they tile."""
    unspoken: tuple[Unspoken, ...]
    """What of it has no sound, with places in the request's text."""
    speed: float = 1.0
    """Factor on the request's speed."""
    speaker: str = ""
    """Who speaks it; empty for the request's own voice."""
    joints: tuple[Joint, ...] = ()
    """In order: the ends of its sentences but the last, its dashes and ellipses."""


@dataclass(slots=True)
class _Draft:
    """A chunk in the making."""

    pauses: PauseTable
    units: list[Unit] = field(default_factory=list)
    size: int = 0
    """Phonemes so far."""
    is_closed: bool = False
    last_size: int = 0
    """Phonemes of the last unit that has any."""
    pause_seconds: float = 0.0
    silence_seconds: float = 0.0
    lead_seconds: float = 0.0
    speed: float = 1.0
    speaker: str = ""
    joints: list[Joint] = field(default_factory=list)

    def has_room(self, unit: Unit, target: int) -> bool:
        """Say whether `unit` belongs into this chunk; one without sound always does."""
        if not self.size or not unit.size:
            return True
        if self.is_closed and min(self.size, unit.size) > LONE_PHONEMES:
            return False
        limit = target if self.size >= MIN_PHONEMES else target + MIN_PHONEMES
        return self.size + 1 + unit.size <= limit

    def add(self, unit: Unit) -> None:
        """Take `unit` in."""
        if unit.size:
            if self.size:
                self.joints.append(Joint(self.size, self._find_pause(unit)))
                self.size += 1
            else:
                self.lead_seconds = self.silence_seconds
            self.joints.extend(_find_breaths(unit, self.size, self.pauses))
            self.pause_seconds = self.silence_seconds = 0.0
            self.size += unit.size
            self.last_size = unit.size
        self.units.append(unit)
        self.is_closed = bool(self.size) and (self.is_closed or unit.ends_chunk)
        self.pause_seconds = max(self.pause_seconds, unit.pause_seconds)
        self.silence_seconds = min(
            self.silence_seconds + unit.silence_seconds, self.pauses.longest_seconds
        )

    def _find_pause(self, unit: Unit) -> float:
        """Return how long it is silent before `unit`, which follows in this chunk."""
        pause_seconds = self.pause_seconds
        if (
            pause_seconds == self.pauses.sentence_seconds
            and min(self.last_size, unit.size) <= SHORT_SENTENCE_PHONEMES
        ):
            pause_seconds = self.pauses.short_sentence_seconds
        return max(pause_seconds, self.silence_seconds)

    def finish(self, text: str, index: int) -> Chunk:
        """Make the chunk."""
        start, end = self.units[0].start, self.units[-1].end
        # After the last chunk there is nothing to keep apart from it.
        pause_seconds = self.pause_seconds if end < len(text) else 0.0
        tokens = _join_tokens(self.units)
        return Chunk(
            index=index,
            start=start,
            end=end,
            phonemes="".join(token.phonemes for token in tokens),
            pause_seconds=max(pause_seconds, self.silence_seconds),
            lead_seconds=self.lead_seconds,
            tokens=tokens,
            unspoken=tuple(
                Unspoken(start=s.start, end=s.end, text=text[s.start : s.end], reason=s.reason)
                for s in join_silences(self.units)
            ),
            speed=self.speed,
            speaker=self.speaker,
            joints=tuple(self.joints),
        )


def split_text(
    text: str,
    phonemizer: Phonemizer,
    *,
    lexicon: Mapping[str, str] = _NO_LEXICON,
    start: int = 0,
    index: int = 0,
    reading: str = "full",
    pause_scale: float = 1.0,
    speakers: Mapping[str, Phonemizer] = _NO_SPEAKERS,
) -> Iterator[Chunk]:
    """Yield the chunks of `text` from `start` on, the first of them numbered `index`.

    With ``start=chunk.end, index=chunk.index + 1`` it yields what came after `chunk`. With
    `reading` ``"plain"`` no reading rule acts: figures and signs are left to the packages.
    Pauses but those that the text asks for in seconds are `pause_scale` times as long.
    `speakers` pronounce what follows their names; no chunk has words of two.

    Raises:
        EmptyText: `start` is 0 and nothing in the text can be spoken.
        ChunkTooLong: a single letter has more phonemes than the model reads.
    """
    pauses = scale_pauses(pause_scale)
    units = UnitReader(text, phonemizer, lexicon, reading, pauses)
    at = start
    speed, speaker = find_speed(text, start), find_speaker(text, start)
    while at < len(text):
        draft = _Draft(pauses, speed=speed, speaker=speaker)
        while at < len(text):
            units.phonemizer = speakers.get(speaker, phonemizer)
            unit = units.read(at, is_first=index == 0)
            is_other = bool(unit.size) and (speed, speaker) != (draft.speed, draft.speaker)
            target = TARGET_PHONEMES if index else FIRST_PHONEMES
            if is_other or not draft.has_room(unit, target):
                break
            draft.add(unit)
            at = unit.end
            speed = unit.speed or speed
            speaker = speaker if unit.speaker is None else unit.speaker
            if not draft.size:
                draft.speed, draft.speaker = speed, speaker
        if draft.size:
            yield draft.finish(text, index)
        elif start == 0:
            reasons = sorted({silence.reason for silence in join_silences(draft.units)})
            raise EmptyText(
                "the text holds nothing that can be spoken: "
                + ("; ".join(reasons) or "there is only punctuation")
            )
        index += 1


def find_speed(text: str, end: int) -> float:
    """Return the factor on the speed that holds at `end`, from the last change before it."""
    speed = 1.0
    for match in _SPEED_OR_SOUND.finditer(text, 0, end):
        if match["percent"]:
            speed = read_speed(match)
    return speed


def find_speaker(text: str, end: int) -> str:
    """Return who speaks at `end`, by the last change before it."""
    speaker = ""
    for match in SPEAKER.finditer(text, 0, end):
        speaker = match["speaker"]
    return speaker


def _find_breaths(unit: Unit, offset: int, pauses: PauseTable) -> Iterator[Joint]:
    """Yield the dashes and ellipses with speech of `unit` before and after them."""
    phonemes = "".join(token.phonemes for token in unit.tokens)
    for mark in _BREATHS.finditer(phonemes):
        around = phonemes[: mark.start()], phonemes[mark.end() :]
        if all(any(map(str.isalpha, part)) for part in around):
            seconds = pauses.dash_seconds if mark[0] == "—" else pauses.ellipsis_seconds
            yield Joint(offset + mark.end(), seconds)


_BREATHS = re.compile("—|…")


def _join_tokens(units: Sequence[Unit]) -> tuple[PhonemeToken, ...]:
    """Put the units' tokens in a row, with a space between what is spoken."""
    tokens: list[PhonemeToken] = []
    last_spoken = -1
    for unit in units:
        if unit.size and last_spoken >= 0:
            last = tokens[last_spoken]
            tokens[last_spoken] = replace(last, phonemes=last.phonemes + " ")
        for token in unit.tokens:
            if token.phonemes:
                last_spoken = len(tokens)
            tokens.append(token)
    return tuple(tokens)


def join_silences(units: Sequence[Unit]) -> list[Silence]:
    """Collect what has no sound; neighbours with the same reason become one.

    So do pieces of one character as people see it, which a joiner may make of unlike ones.
    """
    joined: list[Silence] = []
    for silence in (silence for unit in units for silence in unit.silences):
        last = joined[-1] if joined else None
        is_continued = last and (last.end, last.reason) == (silence.start, silence.reason)
        if last and (is_continued or silence.start < last.end):
            joined[-1] = replace(last, end=max(last.end, silence.end))
        else:
            joined.append(silence)
    return joined
