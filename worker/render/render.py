"""From a request to the finished file. Knows neither the queue nor the model.

request -> chunks -> segments -> journal and raw PCM -> ``.partial`` file -> final file and sidecar.
Only one chunk's audio is in memory at any time; the next chunk is pronounced while this one is
spoken. A chunk is safe on disk before the next one is begun: waiting for that takes 2 ms of its
second, and keeps what a crash costs at one chunk.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from jobs.errors import JournalBusy
from jobs.playback.journal import JournalLine, UnspokenSpan, Word, journal_dir
from jobs.playback.pcm import SAMPLE_RATE
from jobs.request import SpeechProgress, SpeechRequest, SpeechResult
from jobs.text.roles import Role
from jobs.text.source_text import SourceText, read_source
from jobs.text.text_version import text_version
from jobs.voices import MAX_SPEED, MIN_SPEED
from worker.engine import Engine, Phonemizer
from worker.pronunciation.chunking import Chunk, split_text
from worker.render.fingerprint import Fingerprint
from worker.render.finish import finish_file, real_time_factor
from worker.render.joints import lengthen_pauses
from worker.render.journal_writer import JournalWriter, hash_span, hold_lock, remove_work
from worker.render.output import (
    check_free,
    find_finished,
    is_published,
    place_output,
    remove_partials,
)
from worker.render.segments import check_audio, finish_segment
from worker.render.word_times import time_words

Item = TypeVar("Item")


def look_ahead(items: Iterator[Item]) -> Generator[Item]:
    """Yield `items`, drawing the next one in a thread while the caller has this one.

    Never more than one is drawn ahead. An error in drawing an item comes where that item would
    have. Close the generator when leaving early: it waits for the item that is being drawn.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="look-ahead") as thread:
        # In the caller's context, so that what is logged there belongs to the same job.
        drawn = thread.submit(copy_context().run, _draw, items)
        while item := drawn.result():
            drawn = thread.submit(copy_context().run, _draw, items)
            yield item[0]


def _draw(items: Iterator[Item]) -> tuple[Item] | None:
    """Return the next item in a tuple of one, or None at the end."""
    for item in items:
        return (item,)
    return None


log = logging.getLogger(__name__)

RENDER_VERSION = "1"
"""Raised whenever trimming, joining or seeding changes, so that older audio is known as such."""

Checkpoint = Callable[[SpeechProgress], None]


def render_speech(
    request: SpeechRequest,
    engine: Engine,
    *,
    output_dir: Path,
    work_dir: Path,
    execution_id: str,
    checkpoint: Checkpoint,
    confirm: Callable[[], None],
    overwrite: bool = False,
    run: str = "",
) -> SpeechResult:
    """Speak `request` into its file; what an interrupted run has finished is not done again.

    Args:
        request: What is spoken.
        engine: The model and the pronunciation.
        output_dir: Where the finished file goes.
        work_dir: Where journals lie, on a directory that all workers share.
        execution_id: Name of this run, unlike any other's.
        checkpoint: Called before the first chunk and after each with the progress; it may raise
            `Cancelled` or `WorkerStopping`, and the finished chunks stay.
        confirm: Called right before the file gets its name; it may raise if this run is no longer
            the live one.
        overwrite: Replace other content that stands under the output name.
        run: Speak anew even if this job's finished file is there, unless it was made for this very
            name: a repetition that is delivered twice is done once.

    Raises:
        InvalidRequest: or a class below it: unsafe name, unknown voice, language not installed.
        SynthesisError: the model could not speak a passage; the message names it.
        OutputExists: other content stands under the output name.
        OutputError: a file could not be written.
        JournalBusy: another process is at work on the same job.
    """
    job_dir = journal_dir(work_dir, request.job_id)
    place = place_output(request, output_dir, job_dir)
    if finished := find_finished(place, request, run=run):
        _remove_leftovers(job_dir)
        return finished
    check_free(place, overwrite=overwrite)
    for voice in (request.voice, *(role.voice for role in request.speakers.values())):
        engine.synthesizer.check_voice(voice)
    phonemizers = {
        name: engine.phonemizer(request.language_of(name)) for name in ("", *request.speakers)
    }
    fingerprint = Fingerprint(
        text=_describe_text(request, phonemizers),
        sound={**engine.synthesizer.fingerprint, "render": RENDER_VERSION},
    )
    with JournalWriter(
        work_dir,
        request.job_id,
        text=request.text,
        fingerprint=fingerprint,
        is_published=lambda: is_published(place),
    ) as journal:
        remove_partials(place)
        finished = find_finished(place, request, run=run)
        if finished is None:
            source = read_source(
                request.text, request.reading, request.pause_scale, request.speakers
            )
            speaker = _Speaker(
                request, source, engine, phonemizers, journal, execution_id, checkpoint
            )
            speaker.speak()
            finished = finish_file(
                request,
                journal,
                place,
                device=engine.synthesizer.device,
                partial=place.partial_file(execution_id, request.format),
                watch=speaker.report,
                confirm=confirm,
                overwrite=overwrite,
                run=run,
            )
        journal.discard()
    return finished


@dataclass(slots=True)
class _Speaker:
    """One run of one job: its collaborators and what it has done itself."""

    request: SpeechRequest
    source: SourceText
    engine: Engine
    phonemizers: Mapping[str, Phonemizer]
    """By the names of the speakers; the request's own has none."""
    journal: JournalWriter
    execution_id: str
    checkpoint: Checkpoint
    own_seconds: float = 0.0
    own_samples: int = 0

    def speak(self) -> None:
        """Speak every chunk that the journal does not hold yet."""
        request, totals = self.request, self.journal.totals
        log.debug("job %s begins at chunk %d", request.job_id, totals.chunks)
        self.report()
        if totals.characters == len(request.text):
            return
        chunks = split_text(
            self.source.text,
            self.phonemizers[""],
            lexicon=request.lexicon,
            start=self.source.find_place(totals.characters),
            index=totals.chunks,
            reading=request.reading,
            pause_scale=request.pause_scale,
            speakers=self.phonemizers,
        )
        started = time.monotonic()
        with closing(look_ahead(chunks)) as ahead:
            for chunk in ahead:
                self._speak_chunk(chunk, started)
                self.report()
                started = time.monotonic()
        self.journal.check_complete()

    def _speak_chunk(self, chunk: Chunk, started: float) -> None:
        request, source, totals = self.request, self.source, self.journal.totals
        start, end = source.find_cut(chunk.start), source.find_cut(chunk.end)
        text = request.text[start:end]
        role = request.speakers.get(chunk.speaker) or Role(voice=request.voice)
        speed = role.speed or request.speed
        segment = self.engine.synthesizer.synthesize(
            chunk.phonemes,
            voice=role.voice,
            speed=min(max(speed * chunk.speed, MIN_SPEED), MAX_SPEED),
            seed=chunk_seed(request.job_id, chunk.index),
        )
        check_audio(segment.samples, phonemes=chunk.phonemes, text=text, start=start)
        segment = lengthen_pauses(segment, chunk.phonemes, chunk.joints)
        finished = finish_segment(
            segment.samples, lead_seconds=chunk.lead_seconds, pause_seconds=chunk.pause_seconds
        )
        seconds = round(time.monotonic() - started, 4)
        words = time_words(
            source.text,
            chunk.tokens,
            segment.phoneme_samples,
            finished,
            sample_offset=totals.samples,
        )
        line = JournalLine(
            chunk=chunk.index,
            start=start,
            end=end,
            span_sha256=hash_span(text),
            sample_offset=totals.samples,
            sample_count=finished.sample_count,
            phonemes=len(chunk.phonemes),
            seconds=seconds,
            execution_id=self.execution_id,
            fingerprint=self.journal.digest,
            unspoken=tuple(
                UnspokenSpan(*source.find_span(u.start, u.end), u.reason) for u in chunk.unspoken
            ),
            words=tuple(
                Word(*source.find_span(w.start, w.end), w.start_sample, w.end_sample) for w in words
            ),
            detour=segment.detour,
        )
        self.journal.append(line, finished.pcm)
        self.own_seconds += seconds
        self.own_samples += finished.sample_count

    def report(self) -> None:
        """Tell the checkpoint how far the job is; it may raise to end this run."""
        totals = self.journal.totals
        progress = SpeechProgress(
            chunks=totals.chunks,
            characters=totals.characters,
            characters_total=len(self.request.text),
            audio_seconds=totals.samples / SAMPLE_RATE,
            processing_seconds=self.own_seconds,
            real_time_factor=real_time_factor(self.own_seconds, self.own_samples),
        )
        self.checkpoint(progress)


def _describe_text(request: SpeechRequest, phonemizers: Mapping[str, Phonemizer]) -> dict[str, str]:
    """Return the text half of the fingerprint, of all languages that are spoken."""
    described: dict[str, str] = {}
    for speaker, phonemizer in phonemizers.items():
        version = text_version(
            request.language_of(speaker), request.reading, pause_scale=request.pause_scale
        )
        described |= version | phonemizer.fingerprint
    return described


def chunk_seed(job_id: str, index: int) -> int:
    """Return the 63-bit seed of one chunk: the same for this job in every run, unlike any other."""
    digest = hashlib.sha256(f"{job_id}/{index}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def _remove_leftovers(job_dir: Path) -> None:
    """Remove what a crash right after the publication left, unless somebody is at work there."""
    if job_dir.exists():
        with suppress(JournalBusy), hold_lock(job_dir):
            remove_work(job_dir)
