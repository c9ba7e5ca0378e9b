"""When the sentences and words of a text are heard, from the timings beside its audio.

Where the model could not say when a word is heard, its share of the chunk's letters decides. Only
a chunk and a sentence are in memory at any time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..text.markup import BARE_PAUSE, SPEAKER, read_pause
from ..text.pauses import PAUSES, mark_pause_seconds
from ..text.sentences import Sentence, join_words, read_sentences
from ..text.source_text import SourceText, read_source
from .chunk_timings import ChunkTiming
from .journal import Word

_LETTERS_PER_SECOND = 16
"""How fast a voice speaks, to weigh its rests against its words."""


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and when it is heard; several, where speech runs them together as in ``parce que``."""

    text: str
    """As it is shown, punctuation included."""
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """A sentence, and when each word of it is heard."""

    shown: Sentence
    times: tuple[tuple[float, float], ...]
    """Start and end in seconds of each of `shown`, estimated where need be; never backwards."""
    words: tuple[SpokenWord, ...]
    """Those whose time the model knows."""
    speaker: str = ""
    """Who speaks it; empty for the voice of the request or the narrator."""

    @property
    def text(self) -> str:
        """As one line."""
        return join_words(self.shown)

    @property
    def start_seconds(self) -> float:
        """When its first word is heard."""
        return self.times[0][0]

    @property
    def end_seconds(self) -> float:
        """When its last word has been heard."""
        return self.times[-1][1]


def time_sentences(
    text: str,
    timings: Iterable[ChunkTiming],
    *,
    sample_rate: int,
    offset_samples: int = 0,
    reading: str = "full",
    speakers: Collection[str] = frozenset(),
) -> Iterator[SpokenSentence]:
    """Yield the sentences of `text` with their times; one that has no sound at all is left out.

    Args:
        text: The request's text.
        timings: Of its audio.
        sample_rate: Samples per second.
        offset_samples: Where that audio begins in the whole.
        reading: The request's.
        speakers: Names of the request's.
    """
    source = read_source(text, reading, speakers=speakers)
    placed = (_place(timing, source) for timing in timings)
    sounds = _SoundReader(source.text, placed, sample_rate)
    now = offset_samples / sample_rate
    changes = deque((match.start(), match["speaker"]) for match in SPEAKER.finditer(source.text))
    speaker = ""
    for shown in read_sentences(source.text):
        while changes and changes[0][0] < shown[0].start:
            speaker = changes.popleft()[1]
        heard = sounds.read(shown[0].start, shown[-1].end)
        if not heard:
            continue
        times = []
        for start, end in _fill(list(_time_words(shown, heard))):
            first = max(now, (start + offset_samples) / sample_rate)
            now = max(first, (end + offset_samples) / sample_rate)
            times.append((first, now))
        words = _measured_words(source.text, shown, heard, times)
        yield SpokenSentence(shown, tuple(times), tuple(words), speaker)


def _place(timing: ChunkTiming, source: SourceText) -> ChunkTiming:
    """Carry a timing over to the text that is read, in which sentences are found and shown."""
    find = source.find_place
    return replace(
        timing,
        start=find(timing.start),
        end=find(timing.end),
        words=tuple(
            replace(word, start=find(word.start), end=find(word.end)) for word in timing.words
        ),
    )


class _SoundReader:
    """Which sounds belong to a stretch of the text, asked for from its start to its end."""

    def __init__(self, text: str, timings: Iterable[ChunkTiming], sample_rate: int) -> None:
        self._text = text
        self._timings = iter(timings)
        self._sample_rate = sample_rate
        self._sounds: list[_Sound] = []
        self._end = 0

    def read(self, start: int, end: int) -> list[_Sound]:
        self._sounds = [sound for sound in self._sounds if sound.word.end > start]
        while self._end < end:
            chunk = next(self._timings, None)
            if chunk is None:
                break
            self._end = chunk.end
            is_measured = bool(chunk.words)
            words = chunk.words or _estimate_words(self._text, chunk, self._sample_rate)
            self._sounds.extend(
                _Sound(word, is_measured) for word in words if start < word.end > word.start
            )
        return [sound for sound in self._sounds if sound.word.start < end]


@dataclass(frozen=True, slots=True)
class _Sound:
    word: Word
    is_measured: bool

    def sample_at(self, place: int) -> float:
        """Return when the character at `place` is reached; a sound may span several words."""
        word = self.word
        share = (min(max(place, word.start), word.end) - word.start) / (word.end - word.start)
        return word.start_sample + share * (word.end_sample - word.start_sample)


def _estimate_words(text: str, chunk: ChunkTiming, sample_rate: int) -> Iterator[Word]:
    """Share a chunk's time among its words by their letters."""
    written = text[chunk.start : chunk.end]
    sentences = read_sentences(written)
    words = [word for words in sentences for word in words if any(map(str.isalnum, word.text))]
    if not words:
        return
    lead, tail = 0.0, 0.0
    for match in BARE_PAUSE.finditer(written):
        if match.end() <= words[0].start:
            lead = min(PAUSES.longest_seconds, lead + read_pause(match))
        else:
            tail = min(PAUSES.longest_seconds, tail + read_pause(match))
    letters = [sum(map(str.isalnum, word.text)) for word in words]
    rests = [mark_pause_seconds(word.text) * _LETTERS_PER_SECOND for word in words]
    begin = chunk.start_sample + lead * sample_rate
    spoken = max(0.0, chunk.end_sample - tail * sample_rate - begin)
    scale = spoken / (sum(letters) + sum(rests))
    for word, count, rest in zip(words, letters, rests, strict=True):
        end = begin + count * scale
        yield Word(chunk.start + word.start, chunk.start + word.end, round(begin), round(end))
        begin = end + rest * scale


def _time_words(shown: Sentence, heard: Sequence[_Sound]) -> Iterator[tuple[float, float] | None]:
    """Yield first and last sample of each of `shown`; None for one that has no sound."""
    first = 0
    for word in shown:
        while first < len(heard) and heard[first].word.end <= word.start:
            first += 1
        last = first
        while last < len(heard) and heard[last].word.start < word.end:
            last += 1
        if last == first:
            yield None
        else:
            yield heard[first].sample_at(word.start), heard[last - 1].sample_at(word.end)


def _fill(times: list[tuple[float, float] | None]) -> Iterator[tuple[float, float]]:
    """Put what has no sound where the sound before it ends; at the start, where one begins."""
    known = next((time[0] for time in times if time), 0.0)
    for time in times:
        if time is None:
            yield known, known
        else:
            yield time
            known = time[1]


def _measured_words(
    text: str, shown: Sentence, heard: Sequence[_Sound], times: Sequence[tuple[float, float]]
) -> Iterator[SpokenWord]:
    """Join what overlaps: a written word may have several sounds, a sound several words.

    Of a sound that goes beyond the sentence, nobody knows how much of it is heard here.
    """
    spans: list[tuple[int, int]] = []
    begin = 0
    for sound in heard:
        while begin < len(shown) and shown[begin].end <= sound.word.start:
            begin += 1
        end = begin
        while end < len(shown) and shown[end].start < sound.word.end:
            end += 1
        outside = text[sound.word.start : shown[0].start] + text[shown[-1].end : sound.word.end]
        if begin == end or not sound.is_measured or any(map(str.isalnum, outside)):
            continue
        if spans and begin < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    for first, last in spans:
        yield SpokenWord(join_words(shown[first:last]), times[first][0], times[last - 1][1])
