"""From a complete journal to the finished file and the result that describes it."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from jobs.playback.chunk_timings import encode_timing
from jobs.playback.encoders import encoder_fingerprint
from jobs.playback.pcm import SAMPLE_BYTES, SAMPLE_RATE, read_pcm
from jobs.request import SpeechRequest, SpeechResult, Unspoken
from worker.disk import disk_errors, hash_file
from worker.render.encode import encode_file
from worker.render.journal_writer import JournalWriter
from worker.render.output import OutputPlace, publish_file

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
"""How often `watch` is called while the file is written: an mp3 of ten hours takes minutes."""


def finish_file(
    request: SpeechRequest,
    journal: JournalWriter,
    place: OutputPlace,
    *,
    device: str,
    partial: Path,
    watch: Callable[[], None],
    confirm: Callable[[], None],
    overwrite: bool,
    run: str,
) -> SpeechResult:
    """Encode the journal's audio, say what is heard when, and give all files their names.

    Args:
        request: What was spoken.
        journal: Holds every chunk of it.
        place: Where the files go.
        device: Where the model runs.
        partial: Where the audio is written first; never left behind.
        watch: Called about once a second; it may raise to end the run.
        confirm: Called right before the file gets its name; it may raise.
        overwrite: Replace other content under that name.
        run: Name of the repetition that was asked for, kept in the result.

    Raises:
        OutputExists: other content came to stand under the name.
        OutputError: a file could not be written.
    """
    started = time.monotonic()
    blocks = _watched(journal, watch)
    try:
        with disk_errors(place.file):
            serial = int(request.job_id[:7], 16)
            encode_file(partial, blocks, journal.totals.samples, request.format, serial=serial)
            sha256 = hash_file(partial)
        processing_seconds = journal.totals.seconds + time.monotonic() - started
        result = _describe(
            request,
            journal,
            path=place.file,
            device=device,
            sha256=sha256,
            processing_seconds=processing_seconds,
            run=run,
        )
        confirm()
        timings = map(encode_timing, journal.lines())
        publish_file(place, partial, result, timings=timings, overwrite=overwrite)
    finally:
        partial.unlink(missing_ok=True)
    log.debug(
        "job %s done: %.1f s of audio, real-time factor %.3f",
        result.job_id,
        result.audio_seconds,
        result.real_time_factor,
    )
    return result


def real_time_factor(seconds: float, samples: int) -> float:
    """Return processing over audio; 0 where there is no audio yet."""
    return seconds * SAMPLE_RATE / samples if samples else 0.0


def _watched(journal: JournalWriter, watch: Callable[[], None]) -> Iterator[bytes]:
    watched = time.monotonic()
    for block in read_pcm(journal.audio_file, 0, journal.totals.samples * SAMPLE_BYTES):
        yield block
        if time.monotonic() - watched >= WATCH_SECONDS:
            watch()
            watched = time.monotonic()


def _describe(
    request: SpeechRequest,
    journal: JournalWriter,
    *,
    path: Path,
    device: str,
    sha256: str,
    processing_seconds: float,
    run: str,
) -> SpeechResult:
    totals = journal.totals
    encoder = {} if request.format == "wav" else encoder_fingerprint()
    detours = Counter(line.detour for line in journal.lines() if line.detour)
    return SpeechResult(
        job_id=request.job_id,
        path=str(path),
        output_file=request.output_file,
        format=request.format,
        sample_rate=SAMPLE_RATE,
        audio_seconds=totals.samples / SAMPLE_RATE,
        processing_seconds=processing_seconds,
        real_time_factor=real_time_factor(processing_seconds, totals.samples),
        chunks=totals.chunks,
        characters=len(request.text),
        phonemes=totals.phonemes,
        unspoken=tuple(_unspoken(request.text, journal)),
        device=device,
        voice=request.voice,
        language=request.language,
        speed=request.speed,
        sha256=sha256,
        fingerprint=journal.fingerprint | encoder,
        mixed=totals.mixed or bool(detours),
        detours=detours,
        run=run,
        metadata=request.metadata,
    )


def _unspoken(text: str, journal: JournalWriter) -> Iterator[Unspoken]:
    for line in journal.lines():
        for span in line.unspoken:
            yield Unspoken(
                start=span.start,
                end=span.end,
                text=text[span.start : span.end],
                reason=span.reason,
            )
