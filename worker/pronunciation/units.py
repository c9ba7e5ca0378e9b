"""Reads a text unit by unit: a sentence, a part of a long one, or a written pause.

A unit is what is pronounced at once and never parted. Where it ends depends on nothing but the
text and where it starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobs.errors import ChunkTooLong
from jobs.text.boundaries import Cut, find_cut
from jobs.text.characters import has_sound
from jobs.text.line_breaks import Break
from jobs.text.markup import read_pause, read_speed
from jobs.text.normalize import NormalText, normalize
from jobs.text.pauses import PAUSES, PauseTable, measure_pause
from worker.engine import MAX_PHONEMES, PhonemeToken, Phonemizer

TARGET_PHONEMES = 250
"""A chunk takes another sentence up to here; longer ones are rushed and lose their melody."""
FIRST_PHONEMES = 100
"""The first chunk is shorter, so that the first audio comes early."""
LONGEST_UNIT = 350
"""Phonemes; a part of a sentence above this is cut again, well before the model's own limit."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch of the original text that has no sound."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Unit:
    """What is pronounced at once; all places are in the original text."""

    start: int
    end: int
    tokens: tuple[PhonemeToken, ...]
    """They tile the unit; no space at either end of their joined phonemes."""
    silences: tuple[Silence, ...] = ()
    pause_seconds: float = 0.0
    """What punctuation and line breaks ask for after it."""
    silence_seconds: float = 0.0
    """What ``[pause:..]`` asks for."""
    speed: float = 0.0
    """Factor on the request's speed for all that follows; 0 leaves it as it is."""
    speaker: str | None = None
    """Who speaks all that follows; None leaves it as it is."""
    ends_chunk: bool = False
    """Nothing may be spoken in one breath with it that comes after."""

    @property
    def size(self) -> int:
        """Number of phonemes; 0 if nothing of it can be spoken."""
        return sum(len(token.phonemes) for token in self.tokens)


class UnitReader:
    """Pronounces a text once, from any place on."""

    def __init__(
        self,
        text: str,
        phonemizer: Phonemizer,
        lexicon: Mapping[str, str],
        reading: str = "full",
        pauses: PauseTable = PAUSES,
    ) -> None:
        """Read `text` with `phonemizer`; entries of `lexicon` win over its own reading."""
        self.phonemizer = phonemizer
        """Of who speaks at the next place that is read."""
        self._text = text
        self._lexicon = lexicon
        self._reading = reading
        self._pauses = pauses
        self._last: Unit | None = None
        self._last_cut: Cut | None = None

    def read(self, start: int, *, is_first: bool) -> Unit:
        """Return the unit that begins at `start`; a shorter one for the first chunk.

        Raises:
            ChunkTooLong: a single letter has more phonemes than the model reads.
        """
        max_weight = TARGET_PHONEMES
        cut = find_cut(self._text, start, FIRST_PHONEMES if is_first else TARGET_PHONEMES)
        if is_first and cut.is_forced:
            cut = find_cut(self._text, start, TARGET_PHONEMES)
        if self._last and self._last.start == start and self._last_cut == cut:
            return self._last
        wanted = cut
        unit = self._pronounce(start, cut)
        while unit.size > LONGEST_UNIT and max_weight > 1:
            max_weight = max(1, min(max_weight - 1, max_weight * TARGET_PHONEMES // unit.size))
            cut = find_cut(self._text, start, max_weight)
            if cut.end < unit.end:
                unit = self._pronounce(start, cut)
        if unit.size > MAX_PHONEMES:
            raise ChunkTooLong(
                f"{self._text[start : unit.end][:40]!r} at character {start} takes {unit.size} "
                f"phonemes and the model reads {MAX_PHONEMES}; shorten its pronunciation"
            )
        self._last, self._last_cut = unit, wanted
        return unit

    def _pronounce(self, start: int, cut: Cut) -> Unit:
        if cut.pause:
            tokens = (PhonemeToken(start, cut.end, ""),)
            silence_seconds = read_pause(cut.pause)
            return Unit(start, cut.end, tokens, silence_seconds=silence_seconds, ends_chunk=True)
        if cut.speed:
            tokens = (PhonemeToken(start, cut.end, ""),)
            pause_seconds, _ = measure_pause(self._text, start, cut.end, self._pauses)
            speed = read_speed(cut.speed)
            return Unit(start, cut.end, tokens, (), pause_seconds, speed=speed, ends_chunk=True)
        if cut.speaker:
            tokens = (PhonemeToken(start, cut.end, ""),)
            pause_seconds, _ = measure_pause(self._text, start, cut.end, self._pauses)
            speaker = cut.speaker["speaker"]
            return Unit(start, cut.end, tokens, (), pause_seconds, speaker=speaker, ends_chunk=True)
        normal = normalize(self._text, start, cut.end, keeps_signs=self._reading != "plain")
        spoken = (
            self.phonemizer.phonemize(normal.text, self._lexicon, self._reading)
            if normal.text
            else ()
        )
        pause_seconds, line_break = measure_pause(self._text, start, cut.end, self._pauses)
        return Unit(
            start,
            cut.end,
            _trim(_place_tokens(spoken, normal, start, cut.end)),
            tuple(_find_silences(spoken, normal)),
            pause_seconds,
            ends_chunk=line_break is Break.PARAGRAPH,
        )


def _place_tokens(
    tokens: tuple[PhonemeToken, ...], normal: NormalText, start: int, end: int
) -> list[PhonemeToken]:
    """Carry tokens of the normalised text over to the original, which they then tile."""
    if not any(has_sound(token.phonemes) for token in tokens):
        return [PhonemeToken(start, end, "")]
    placed: list[PhonemeToken] = []
    for at, token in enumerate(tokens):
        first = normal.starts[token.start] if at else start
        last = placed.pop() if placed else PhonemeToken(start, start, "")
        is_same = last.start == first  # a letter and its marks are one, whoever parts them
        if not is_same:
            placed.append(PhonemeToken(last.start, first, last.phonemes, last.unspoken))
        phonemes = last.phonemes * is_same + token.phonemes
        unspoken = (last.unspoken * is_same) or token.unspoken
        placed.append(PhonemeToken(first, end, phonemes, unspoken))
    return placed


def _find_silences(tokens: tuple[PhonemeToken, ...], normal: NormalText) -> list[Silence]:
    silences = []
    for token in tokens:
        written = normal.text[token.start : token.end]
        if token.unspoken and written.strip():
            first = token.end - len(written.lstrip())
            last = token.start + len(written.rstrip()) - 1
            silences.append(Silence(normal.starts[first], normal.ends[last], token.unspoken))
    return silences


def _trim(tokens: list[PhonemeToken]) -> tuple[PhonemeToken, ...]:
    """Take the space off both ends of what is spoken."""
    for order, strip in ((range(len(tokens)), str.lstrip), (range(len(tokens))[::-1], str.rstrip)):
        for at in order:
            phonemes = strip(tokens[at].phonemes)
            if phonemes != tokens[at].phonemes:
                tokens[at] = replace(tokens[at], phonemes=phonemes)
            if phonemes:
                break
    return tuple(tokens)
