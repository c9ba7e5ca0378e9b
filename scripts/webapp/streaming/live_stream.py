"""The audio of a job that runs: what is there, then each chunk as it comes, to exactly the end.

What is sent is the job's whole audio or visibly broken off, never less with a good ending.
"""

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import anyio
from anyio.to_thread import run_sync

from jobs.errors import CorruptJournal, QueueUnavailable, UnknownJob
from jobs.playback.encoders import StreamEncoder, StreamFormat
from jobs.playback.journal import JournalLine, journal_dir
from jobs.playback.live_audio import JournalFollower
from jobs.playback.pcm import SAMPLE_BYTES
from jobs.queue.job_info import JobInfo, result_of
from jobs.request import SpeechResult, SpeechStatus
from scripts.webapp.schemas.problems import StreamBroken
from scripts.webapp.streaming.job_poller import JobView

POLL_SECONDS = 0.05
"""How often the journal is looked at before the first chunk, when somebody waits to hear it."""

Chunk = tuple[JournalLine, Iterator[bytes]]


async def open_follower(view: JobView, work_dir: Path, job_id: str) -> JournalFollower | None:
    """Wait until a job's journal can be followed; None where it has finished without one.

    Raises:
        JobFailed: the job ended without audio.
        Cancelled: somebody cancelled it.
    """
    job_dir = journal_dir(work_dir, job_id)
    while True:
        # Looked at first: whoever is not finished now has a journal that stays readable.
        facts = view.facts
        if facts.status.is_terminal:
            result_of(facts)
            return None
        try:
            return await run_sync(JournalFollower, job_dir)
        except FileNotFoundError:
            await anyio.sleep(POLL_SECONDS)


async def follow_audio(
    view: JobView,
    follower: JournalFollower,
    audio_format: StreamFormat,
    *,
    start_sample: int = 0,
) -> AsyncGenerator[bytes, None]:
    """Yield a running job's audio, encoded, chunk by chunk; ends when the job has finished.

    Args:
        view: Of the job.
        follower: Of its journal.
        audio_format: What is wanted.
        start_sample: The first one that is sent.

    Raises:
        JobFailed: the job ended before its first chunk.
        Cancelled: somebody cancelled it before its first chunk.
        StreamBroken: the job ended otherwise or began anew; what was yielded is not its audio.
    """
    encoder = StreamEncoder(audio_format)
    chunks = samples = 0
    while True:
        facts = _read(view)
        new = follower.new_chunks()
        while (chunk := await run_sync(_next_chunk, new, start_sample)) is not None:
            line, pcm = chunk
            chunks, samples = line.chunk + 1, line.end_sample
            if encoded := await run_sync(encoder.feed, pcm):
                yield encoded
        if facts.status is SpeechStatus.FINISHED:
            _check_whole(facts, chunks, samples)
            yield await run_sync(encoder.finish)
            return
        if facts.status.is_terminal:
            if not chunks:
                result_of(facts)
            raise StreamBroken(f"job {facts.job_id} is {facts.status}: {facts.error_message}")
        if await run_sync(follower.was_replaced):
            raise StreamBroken(f"job {facts.job_id} began anew")
        if chunks:
            await view.next_poll()
        else:
            await anyio.sleep(POLL_SECONDS)


def _read(view: JobView) -> JobInfo:
    try:
        return view.facts
    except (UnknownJob, QueueUnavailable, ValueError) as exc:
        raise StreamBroken(f"the job is out of sight: {exc}") from exc


def _next_chunk(chunks: Iterator[Chunk], start_sample: int) -> tuple[JournalLine, bytes] | None:
    try:
        chunk = next(chunks, None)
        if chunk is None:
            return None
        line, blocks = chunk
        if line.end_sample <= start_sample:
            return line, b""
        return line, b"".join(blocks)[max(0, start_sample - line.sample_offset) * SAMPLE_BYTES :]
    except CorruptJournal as exc:
        raise StreamBroken(str(exc)) from exc


def _check_whole(facts: JobInfo, chunks: int, samples: int) -> None:
    result = facts.result
    if isinstance(result, SpeechResult) and (chunks, samples) != (
        result.chunks,
        round(result.audio_seconds * result.sample_rate),
    ):
        raise StreamBroken(
            f"job {facts.job_id} has {result.chunks} chunks, of which {chunks} with {samples} "
            "samples were seen"
        )
