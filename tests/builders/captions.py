"""Timings without a model, and strict readers of caption files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jobs.playback.chunk_timings import ChunkTiming
from jobs.playback.journal import Word
from jobs.playback.sentence_times import SpokenSentence, time_sentences

RATE = 24_000
_TIME = r"(\d\d+):([0-5]\d):([0-5]\d)[.,](\d{3})"
_CUE = re.compile(rf"(?:(\d+)\n)?{_TIME} --> {_TIME}\n((?:.+\n)+)\n")


def chunk_of(
    text: str, start: int = 0, *, seconds: float, first_sample: int = 0, has_words: bool = True
) -> ChunkTiming:
    """Return a chunk whose words take equal times, back to back, for all of `seconds`."""
    count = round(seconds * RATE)
    found = list(re.finditer(r"\w[^\s]*", text)) if has_words else []
    words = tuple(
        Word(
            start + match.start(),
            start + match.end(),
            first_sample + at * count // len(found),
            first_sample + (at + 1) * count // len(found),
        )
        for at, match in enumerate(found)
    )
    return ChunkTiming(start, start + len(text), first_sample, first_sample + count, words)


def sentences_of(text: str, *, seconds: float, has_words: bool = True) -> list[SpokenSentence]:
    """Return the sentences of a text that was spoken as one chunk."""
    chunk = chunk_of(text, seconds=seconds, has_words=has_words)
    return list(time_sentences(text, [chunk], sample_rate=RATE))


def parse_cues(document: str) -> Iterator[tuple[int | None, int, int, str]]:
    """Yield number, start and end in milliseconds, and text; fails on anything else."""
    at = 0
    while at < len(document):
        match = _CUE.match(document, at)
        assert match, document[at : at + 80]
        times = [int(part) for part in match.groups()[1:9]]
        start, end = (
            ((times[n] * 60 + times[n + 1]) * 60 + times[n + 2]) * 1_000 + times[n + 3]
            for n in (0, 4)
        )
        yield int(match[1]) if match[1] else None, start, end, match[10].rstrip("\n")
        at = match.end()
