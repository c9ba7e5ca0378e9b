"""Writes the captions beside a book's file: sentences, words, and all times as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from jobs.playback.caption_files import (
    CAPTION_SUFFIXES,
    VTT_HEADER,
    format_srt,
    format_timings,
    format_vtt,
    format_word,
)
from jobs.playback.captions import make_cues
from jobs.playback.chunk_timings import read_timings
from jobs.playback.pcm import SAMPLE_RATE
from jobs.playback.sentence_times import SpokenSentence, time_sentences
from worker.books.part_sequence import PlacedPart
from worker.books.tags import ChapterSpan


def write_captions(
    file: Path, parts: Sequence[PlacedPart], spans: Sequence[ChapterSpan]
) -> tuple[Path, ...]:
    """Write the captions beside `file`, sentence by sentence, and return their paths.

    Args:
        file: The audio file; the captions have its name with other suffixes.
        parts: The parts in it, in order.
        spans: The chapters in it.

    Raises:
        InputError: a part's timings cannot be read.
        OSError: a file cannot be written.
    """
    srt, vtt, words, timings = (file.with_suffix(suffix) for suffix in CAPTION_SUFFIXES)
    with srt.open("w", encoding="utf-8") as as_srt, vtt.open("w", encoding="utf-8") as as_vtt:
        as_vtt.write(VTT_HEADER)
        for number, cue in enumerate(make_cues(_read_sentences(parts)), 1):
            as_srt.write(format_srt(cue, number))
            as_vtt.write(format_vtt(cue))
    has_words = False
    with words.open("w", encoding="utf-8") as as_words:
        as_words.write(VTT_HEADER)
        for sentence in _read_sentences(parts):
            for word in sentence.words:
                as_words.write(format_word(word, sentence.speaker))
                has_words = True
    with timings.open("w", encoding="utf-8") as as_json:
        as_json.writelines(format_timings(_read_chapters(parts, spans)))
    if has_words:
        return srt, vtt, words, timings
    words.unlink()
    return srt, vtt, timings


def _read_sentences(parts: Sequence[PlacedPart]) -> Iterator[SpokenSentence]:
    for part in parts:
        for sentence in time_sentences(
            part.part.request.text,
            read_timings(part.timings),
            sample_rate=SAMPLE_RATE,
            offset_samples=part.start_sample,
            reading=part.part.request.reading,
        ):
            yield replace(sentence, speaker=part.part.speaker)


def _read_chapters(
    parts: Sequence[PlacedPart], spans: Sequence[ChapterSpan]
) -> Iterator[tuple[str, float, float, Iterator[SpokenSentence]]]:
    for span in spans:
        inside = [
            part for part in parts if span.start_sample <= part.start_sample < span.end_sample
        ]
        start, end = span.start_sample / SAMPLE_RATE, span.end_sample / SAMPLE_RATE
        yield span.title, start, end, _read_sentences(inside)
