"""Shows how a line would be said: its words, its phonemes, and which rule read what.

For people who look for the reason of a wrong word; speaking itself does not come by here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobs.errors import EmptyText
from jobs.request import Unspoken
from jobs.text.markup import SOUND
from jobs.text.normalize import NormalText, normalize
from jobs.text.source_text import SourceText, read_source
from worker.engine import PhonemeToken
from worker.pronunciation.chunking import join_silences, split_text
from worker.pronunciation.phonemize import LanguagePhonemizer
from worker.pronunciation.reading.rules import Replacement
from worker.pronunciation.reading.spoken_text import SpokenText
from worker.pronunciation.units import Unit, UnitReader


@dataclass(frozen=True, slots=True)
class RuleReading:
    """A stretch that a rule reads otherwise than it is written."""

    start: int
    """First character in the line."""
    end: int
    """Character after the last."""
    text: str
    """What is written there."""
    words: str
    """What is said for it."""
    kind: str
    """The rule's kind, for example ``money``."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line and how it is said."""

    text: str
    words: str
    """With what the rules say in place of what is written; without what is unspoken."""
    phonemes: str
    """As the model reads them; empty if nothing can be spoken."""
    unspoken: tuple[Unspoken, ...]
    readings: tuple[RuleReading, ...]
    """What the rules change, in order, none overlapping."""


def pronounce_line(
    text: str, phonemizer: LanguagePhonemizer, *, reading: str = "full"
) -> SpokenLine:
    """Say how `text` is read, cut into chunks as a job of its own would be.

    With `reading` ``"plain"`` no reading rule acts.

    Raises:
        ChunkTooLong: a single letter has more phonemes than the model reads.
    """
    source = read_source(text, reading)
    written = source.text
    cached = _CachedPhonemizer(phonemizer)
    try:
        chunks = list(split_text(written, cached, reading=reading))
    except EmptyText:
        chunks = []
    stretches = [(chunk.start, chunk.end) for chunk in chunks] or [(0, len(written))]
    units = list(_read_units(written, cached, reading, stretches))
    words: list[str] = []
    readings: list[RuleReading] = []
    for unit in units:
        if not unit.size:
            continue
        normal = normalize(written, unit.start, unit.end, keeps_signs=reading != "plain")
        found = [
            replacement
            for replacement in phonemizer.find_replacements(normal.text, reading)
            if not replacement.unspoken
        ]
        tokens = cached.phonemize(normal.text, {}, reading)
        words.extend(_put_into_words(normal.text, found, tokens).split())
        readings.extend(
            _place(text, source, normal, replacement)
            for replacement in found
            # A rule hands back some parts of its match as they are.
            if replacement.phonemes or replacement.words.strip() != _written(normal, replacement)
        )
    return SpokenLine(
        text=text,
        words=" ".join(words),
        phonemes=" ".join(chunk.phonemes for chunk in chunks),
        unspoken=tuple(
            Unspoken(start=start, end=end, text=text[start:end], reason=silence.reason)
            for silence in join_silences(units)
            for start, end in [source.find_span(silence.start, silence.end)]
        ),
        readings=tuple(readings),
    )


class _CachedPhonemizer:
    """A phonemizer that keeps what it has said, since each unit is asked for again."""

    def __init__(self, phonemizer: LanguagePhonemizer) -> None:
        self.language = phonemizer.language
        self.fingerprint = phonemizer.fingerprint
        self._phonemizer = phonemizer
        self._tokens: dict[str, tuple[PhonemeToken, ...]] = {}

    def phonemize(
        self, text: str, lexicon: Mapping[str, str], reading: str = "full"
    ) -> tuple[PhonemeToken, ...]:
        if text not in self._tokens:
            self._tokens[text] = self._phonemizer.phonemize(text, lexicon, reading)
        return self._tokens[text]


def _read_units(
    text: str, phonemizer: _CachedPhonemizer, reading: str, stretches: list[tuple[int, int]]
) -> Iterator[Unit]:
    """Yield the units that the chunks at `stretches` are made of."""
    reader = UnitReader(text, phonemizer, {}, reading)
    for index, (start, end) in enumerate(stretches):
        at = start
        while at < end:
            unit = reader.read(at, is_first=index == 0)
            yield unit
            at = unit.end


def _put_into_words(line: str, found: list[Replacement], tokens: tuple[PhonemeToken, ...]) -> str:
    """Return `line` with replacements in place; inline markup becomes its word."""
    settled = {at for one in found for at in range(one.start, one.end)}
    others = [
        *(Replacement(match.start(), match.end(), match["word"]) for match in SOUND.finditer(line)),
        *(Replacement(token.start, token.end, " ") for token in tokens if token.unspoken),
    ]
    for other in others:
        stretch = range(other.start, other.end)
        if settled.isdisjoint(stretch):
            found = [*found, other]
            settled.update(stretch)
    return SpokenText(line, sorted(found, key=lambda one: one.start)).text


def _place(text: str, source: SourceText, normal: NormalText, found: Replacement) -> RuleReading:
    """Carry a replacement from the normalised text over to the original."""
    start, end = source.find_span(normal.starts[found.start], normal.ends[found.end - 1])
    return RuleReading(start, end, text[start:end], found.words.strip(), found.kind)


def _written(normal: NormalText, found: Replacement) -> str:
    return normal.text[found.start : found.end]
