"""A book whose parts are finished: tones instead of speech, timings as a worker writes them."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from jobs.books import store
from jobs.books.manifest import BookChapter, BookOutput, BookPart, Manifest
from jobs.playback.chunk_timings import encode_timing
from jobs.playback.journal import JournalLine, Word
from jobs.playback.pcm import SAMPLE_RATE
from jobs.request import SpeechRequest, SpeechResult, part_name
from jobs.text.text_version import text_version

FIRST_RELEASE = {"model": "tone", "g2p": "tone", "chunker": "2", "render": "1"}
"""The fingerprint of a part that the first release spoke: it names neither rules nor pauses."""

WORD_SAMPLES = 9_600
"""A stand-in's word takes 0.4 s, the last quarter of it silent."""


def make_picture(width: int = 3, height: int = 2) -> bytes:
    """Return a small PNG file."""
    rows = b"".join(b"\0" + bytes([200, 30, 40]) * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def make_book(
    output_dir: Path,
    chapters: Sequence[Sequence[str]],
    *,
    book_format: str = "flac",
    split: bool = False,
    cover: bytes | None = None,
    speaker: str = "",
    **fields: Any,
) -> Manifest:
    """Write a book's manifest; `chapters` are the texts of its parts, the last the `speaker`'s."""
    made = tuple(
        BookChapter(title=f"Chapter {number}: Ünïon — 章", parts=tuple(map(make_part, texts)))
        for number, texts in enumerate(chapters, 1)
    )
    last = made[-1].parts[-1].model_copy(update={"speaker": speaker})
    chapter = made[-1].model_copy(update={"parts": (*made[-1].parts[:-1], last)})
    made = (*made[:-1], chapter)
    everything = tuple(range(len(made)))
    outputs = [BookOutput(name=f"Book.{book_format}", title="The Book", chapters=everything)]
    if split:
        outputs = [
            BookOutput(name=f"{n + 1:02} - Mr. X.{book_format}", title=chapter.title, chapters=(n,))
            for n, chapter in enumerate(made)
        ]
    facts = {"title": "The Book", "author": "An Author", "language": "en-GB", "source": "b.epub"}
    if cover is not None:
        facts |= {"cover": "cover.png", "cover_sha256": hashlib.sha256(cover).hexdigest()}
    manifest = Manifest(
        **(facts | {"format": book_format} | fields), chapters=made, outputs=tuple(outputs)
    )
    store.write_book(output_dir, manifest, cover)
    return manifest


def make_part(text: str, pause_seconds: float = 0.5) -> BookPart:
    """Return a part that speaks `text`."""
    request = SpeechRequest(text=text, format="flac")
    named = request.model_copy(update={"output_name": part_name(request)})
    return BookPart(request=named, pause_seconds=pause_seconds)


def finish_parts(output_dir: Path, manifest: Manifest, *, level: float = 0.1) -> None:
    """Leave the files of every part, as a worker does."""
    for part in manifest.parts:
        finish_part(output_dir, part, speak(part.request.text, level))


def finish_part(
    output_dir: Path,
    part: BookPart,
    samples: NDArray[np.int16],
    fingerprint: dict[str, str] | None = None,
    run: str = "",
) -> None:
    """Leave the files of one part, spoken under today's rules or those of `fingerprint`."""
    audio, timings, result = store.part_files(output_dir, part)
    audio.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(audio, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    timings.write_bytes(encode_timing(time_chunk(part.request.text, samples.size)))
    facts = SpeechResult(
        job_id=part.request.job_id,
        path=str(audio),
        output_file=part.request.output_file,
        format="flac",
        sample_rate=SAMPLE_RATE,
        audio_seconds=samples.size / SAMPLE_RATE,
        processing_seconds=1.0,
        real_time_factor=1.0,
        chunks=1,
        characters=len(part.request.text),
        phonemes=1,
        device="cpu",
        voice=part.request.voice,
        language=part.request.language,
        speed=1.0,
        sha256=hashlib.sha256(audio.read_bytes()).hexdigest(),
        fingerprint=text_version(part.request.language, part.request.reading)
        if fingerprint is None
        else fingerprint,
        run=run,
    )
    result.write_text(facts.model_dump_json())


def speak(text: str, level: float = 0.1) -> NDArray[np.int16]:
    """Return a tone for each word of `text`, higher for a longer one."""
    words = text.split()
    time = np.arange(WORD_SAMPLES) / SAMPLE_RATE
    loud = (time < 0.3) * level * 32_767
    tones = [loud * np.sin(2 * np.pi * (200 + 40 * len(word)) * time) for word in words]
    return np.rint(np.concatenate(tones)).astype(np.int16)


def time_chunk(text: str, sample_count: int) -> JournalLine:
    """Return the timing of `text` as one chunk, each word in its place."""
    words = tuple(
        Word(match.start(), match.end(), at * WORD_SAMPLES, (at + 1) * WORD_SAMPLES - 2_400)
        for at, match in enumerate(re.finditer(r"\S+", text))
    )
    return JournalLine(
        chunk=0,
        start=0,
        end=len(text),
        span_sha256="",
        sample_offset=0,
        sample_count=sample_count,
        phonemes=1,
        seconds=1.0,
        execution_id="1",
        fingerprint="",
        words=words if words[-1].end_sample <= sample_count else (),
    )
