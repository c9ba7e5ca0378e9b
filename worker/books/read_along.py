"""Completes a read-along book: audio by chapter, an overlay for each page, durations.

What a span shows is decided by its words' times, as in captions. The clips of a chapter follow each
other without a gap, because players leave out what lies between two.
"""

import os
import posixpath
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from pydantic import ValidationError

from jobs.books.page_marks import (
    ACTIVE_CLASS,
    MARKS_ENTRY,
    OPEN_ITEMS,
    OPEN_METADATA,
    PageMarks,
    open_overlay,
)
from jobs.errors import InputError
from jobs.playback.chunk_timings import read_timings
from jobs.playback.encoders import FILE_ENCODINGS, MEDIA_TYPES, write_packed
from jobs.playback.pcm import SAMPLE_RATE
from jobs.playback.sentence_times import time_sentences
from worker.books.part_sequence import PlacedPart
from worker.books.smil import Clip, format_clock, write_smil

AUDIO_FORMAT = "m4a"
_DATE = (1980, 1, 1, 0, 0, 0)
_WordTime = tuple[int, int, int]
"""First character and that after the last in a part's text, and the sample of the chapter."""


def write_read_along(
    path: Path,
    pages: Path,
    parts: Sequence[PlacedPart],
    read_blocks: Callable[[Sequence[PlacedPart]], Iterator[bytes]],
) -> None:
    """Write the book and sync it to disk.

    Args:
        path: Of the file; audio is made beside it first.
        pages: The marked pages.
        parts: All parts of the book, in order.
        read_blocks: Returns the samples of some parts, as `write_packed` takes them.

    Raises:
        InputError: the pages, or a part's timings, cannot be read.
        OSError: a file cannot be written.
    """
    chapters = {chapter: tuple(group) for chapter, group in groupby(parts, lambda p: p.chapter)}
    try:
        with zipfile.ZipFile(pages) as marked, zipfile.ZipFile(path, "w") as file:
            marks = PageMarks.model_validate_json(marked.read(MARKS_ENTRY))
            clips = time_clips(marks, chapters)
            for name in marked.namelist():
                if name not in {MARKS_ENTRY, marks.package}:
                    _copy(marked, name, file)
            _add(file, marks.package, complete_package(marked.read(marks.package), marks, clips))
            for number, (page, shown) in enumerate(zip(marks.pages, clips, strict=True)):
                if shown:
                    text = write_smil(page.name, marks.folder, shown)
                    _add(file, marks.folder + _name_overlay(number), text.encode())
            for chapter, spoken in chapters.items():
                audio = path.with_name(name_audio(chapter))
                write_packed(audio, read_blocks(spoken), FILE_ENCODINGS[AUDIO_FORMAT])
                _add_file(file, marks.folder + audio.name, audio)
                audio.unlink()
    except (zipfile.BadZipFile, KeyError, ValidationError) as exc:
        raise InputError(f"{pages} cannot be read ({exc}); run `ktts audiobook` again") from exc
    with path.open("rb") as written:
        os.fsync(written.fileno())


def time_clips(marks: PageMarks, chapters: dict[int, tuple[PlacedPart, ...]]) -> list[list[Clip]]:
    """Return the clips of each page, in the order of the page."""
    wanted: dict[int, list[tuple[int, int, int, int, int]]] = {}
    for number, page in enumerate(marks.pages):
        for index, (chapter, piece, start, end) in enumerate(page.fragments):
            wanted.setdefault(chapter, []).append((piece, start, end, number, index))
    clips: list[list[tuple[int, Clip]]] = [[] for _ in marks.pages]
    for chapter, parts in chapters.items():
        begun: list[tuple[int, int, int]] = []
        for at, part in enumerate(parts):
            words = list(_time_words(part, parts[0].start_sample))
            inside = sorted(each for each in wanted.get(chapter, ()) if each[0] == at)
            begun.extend(_find_begins(inside, words))
        begun.sort(key=lambda clip: clip[0])
        ends = [_milliseconds(begin) for begin, _, _ in begun[1:]]
        ends.append(_milliseconds(parts[-1].end_sample - parts[0].start_sample))
        start = 0
        for (_, number, index), end in zip(begun, ends, strict=bool(begun)):
            if end > start:
                fragment = f"{marks.pages[number].id_prefix}{index + 1}"
                clips[number].append((index, Clip(fragment, name_audio(chapter), start, end)))
                start = end
    return [[clip for _, clip in sorted(found, key=lambda each: each[0])] for found in clips]


def complete_package(package: bytes, marks: PageMarks, clips: Sequence[Sequence[Clip]]) -> bytes:
    """Return the package with audio, overlays and durations."""
    text = package.decode()
    prefix, base = marks.element_prefix, posixpath.dirname(marks.package)
    folder = marks.folder.removeprefix(f"{base}/" if base else "")
    items, metas, total = [], [], 0
    for number, shown in enumerate(clips):
        key = f"ktts-overlay-{number + 1}"
        text = text.replace(open_overlay(number), f' media-overlay="{key}"' if shown else "")
        if shown:
            length = sum(clip.end_milliseconds - clip.begin_milliseconds for clip in shown)
            total += length
            items.append((key, folder + _name_overlay(number), "application/smil+xml"))
            metas.append(
                f'<{prefix}meta property="media:duration" refines="#{key}">'
                f"{format_clock(length)}</{prefix}meta>\n"
            )
    names = sorted({clip.audio for shown in clips for clip in shown})
    kind = MEDIA_TYPES[AUDIO_FORMAT]
    items.extend((f"ktts-{Path(name).stem}", folder + name, kind) for name in names)
    metas.append(f'<{prefix}meta property="media:duration">{format_clock(total)}</{prefix}meta>\n')
    metas.append(f'<{prefix}meta property="media:active-class">{ACTIVE_CLASS}</{prefix}meta>\n')
    listed = "".join(
        f'<{prefix}item id="{key}" href="{href}" media-type="{kind}"/>\n'
        for key, href, kind in items
    )
    return text.replace(OPEN_ITEMS, listed).replace(OPEN_METADATA, "".join(metas)).encode()


def name_audio(chapter: int) -> str:
    """Return the file name of a chapter's audio, counted from 0."""
    return f"chapter-{chapter + 1:04}.{AUDIO_FORMAT}"


def _name_overlay(page: int) -> str:
    return f"page-{page + 1:04}.smil"


def _time_words(part: PlacedPart, chapter_start: int) -> Iterator[_WordTime]:
    for sentence in time_sentences(
        part.part.request.text,
        read_timings(part.timings),
        sample_rate=SAMPLE_RATE,
        offset_samples=part.start_sample - chapter_start,
        reading=part.part.request.reading,
    ):
        for word, (start_seconds, _) in zip(sentence.shown, sentence.times, strict=True):
            yield word.start, word.end, round(start_seconds * SAMPLE_RATE)


def _find_begins(
    fragments: Sequence[tuple[int, int, int, int, int]], words: Sequence[_WordTime]
) -> Iterator[tuple[int, int, int]]:
    """Yield the sample at which each span begins to be heard, with its page and index there."""
    at = 0
    for _, start, end, page, index in fragments:
        while at < len(words) and words[at][1] <= start:
            at += 1
        if at < len(words) and words[at][0] < end:
            yield words[at][2], page, index


def _milliseconds(samples: int) -> int:
    return round(samples * 1_000 / SAMPLE_RATE)


def _entry(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = method
    info.external_attr = 0o644 << 16
    return info


def _add(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    file.writestr(_entry(name, zipfile.ZIP_DEFLATED), data)


def _add_file(file: zipfile.ZipFile, name: str, path: Path) -> None:
    info = _entry(name, zipfile.ZIP_STORED)
    info.file_size = path.stat().st_size
    with path.open("rb") as source, file.open(info, "w") as copy:
        shutil.copyfileobj(source, copy)


def _copy(marked: zipfile.ZipFile, name: str, file: zipfile.ZipFile) -> None:
    known = marked.getinfo(name)
    info = _entry(name, known.compress_type)
    info.date_time, info.file_size = known.date_time, known.file_size
    with marked.open(known) as source, file.open(info, "w") as copy:
        shutil.copyfileobj(source, copy)
