"""Jobs through the stack: from the host and from a container, killed, taken down, and the same."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from jobs import JobInfo, SpeechJob, SpeechQueue, SpeechRequest, SpeechResult
from jobs.errors import QueueUnavailable
from jobs.queue import keys
from jobs.queue.connection import as_text
from jobs.queue.overview import find_workers
from jobs.settings import QueueSettings
from scripts.measure.speed.texts import cut_text, load_book
from tests.containers.compose import CheckFailed, Compose, await_that

CHAPTER_CHARACTERS = 2_500
"""About two and a half minutes of speech in eight chunks."""

WORKERS = 2

FIRST_CHUNKS = 2
"""Chunks that are spoken before something is done to the job."""

JOB_SECONDS = 1_800
"""A chapter on one thread of a slow and busy processor, the model loaded anew in between."""

TAKEN_SECONDS = 300
"""Until a worker, or the server after a restart, is at it."""


def read_chapters() -> tuple[str, str]:
    """Return two chapters of the text that `ktts benchmark` speaks."""
    book = load_book()
    first = cut_text(book, CHAPTER_CHARACTERS)
    return first, cut_text(book[len(first) :].lstrip(), CHAPTER_CHARACTERS)


class Speaking:
    """The steps that need a queue, in their order."""

    def __init__(self, compose: Compose, queue: SpeechQueue, settings: QueueSettings) -> None:
        """Speak through the stack of `compose`, whose `queue` is the one of `settings`."""
        self._compose = compose
        self._settings = settings
        self._queue = queue
        self._chapter, self._other_chapter = read_chapters()
        self._calm: SpeechResult

    def speak_on_both(self, place: Path) -> str:
        """Submit one chapter from the host and one from a container; both workers must speak."""
        file = place / "chapter.txt"
        file.write_text(self._chapter, encoding="utf-8")
        ktts = Path(sys.executable).with_name("ktts")
        ended = subprocess.run(
            [ktts, "submit", "--json", file],
            env={
                "KTTS_REDIS_URL": f"redis://127.0.0.1:{self._compose.port}/0",
                "KTTS_REDIS_PASSWORD_FILE": str(self._settings.redis_password_file),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            raise CheckFailed(f"ktts submit: {ended.stderr.strip()}")
        said = self._compose.compose(
            "run", "--rm", "--no-deps", "-T", "worker", "submit", "--json", self._other_chapter
        )
        jobs = [self._queue.job(job_id) for job_id in _ids(ended.stdout) + _ids(said)]
        containers = {self._container_of(job) for job in jobs}
        if len(containers) != len(jobs):
            raise CheckFailed(f"one worker did both jobs: {', '.join(containers)}")
        results = [job.wait(JOB_SECONDS) for job in jobs]
        for result in results:
            self._compose.check_file(result.path, result.sha256)
        self._calm = results[0]
        seconds = sum(result.audio_seconds for result in results)
        return (
            f"{seconds:.0f} s of audio by {' and '.join(sorted(containers))}, each at "
            f"{min(1 / result.real_time_factor for result in results):.1f}x real time or faster; "
            f"chapter of the host: {self._calm.chunks} chunks, sha256 {self._calm.sha256[:16]}"
        )

    def survive_a_kill(self) -> str:
        """Kill the container that speaks the chapter; the other one ends the job."""
        job = self._begin_again()
        killed = self._container_of(job)
        chunks = job.facts().progress.chunks
        self._compose.docker("kill", killed)
        began = time.monotonic()
        taker = await_that(
            lambda: (name := self._try_container_of(job)) != killed and name,
            "another worker at the job",
            TAKEN_SECONDS,
        )
        seconds = time.monotonic() - began
        self._await_same(job, chunks)
        self._compose.compose("up", "--detach", "--scale", f"worker={WORKERS}")
        return (
            f"{killed} killed after {chunks} chunks; {taker} went on with them after "
            f"{seconds:.1f} s; sha256 equal"
        )

    def survive_down_and_up(self) -> str:
        """Take everything down in mid-job and up again; the job goes on where it was."""
        job = self._begin_again()
        chunks = job.facts().progress.chunks
        began = time.monotonic()
        self._compose.compose("down")
        seconds = time.monotonic() - began
        self._compose.compose("up", "--detach", "--scale", f"worker={WORKERS}")
        await_that(lambda: self._try_facts(job), "the queue's answer", TAKEN_SECONDS)
        self._await_same(job, chunks)
        return f"down in {seconds:.0f} s after {chunks} chunks, went on with them; sha256 equal"

    def _begin_again(self) -> SpeechJob:
        """Submit the chapter once more and wait until two of its chunks are spoken."""
        await_that(
            lambda: len(find_workers(self._queue.connection)) == WORKERS, "workers", JOB_SECONDS
        )
        job = self._queue.submit(SpeechRequest(text=self._chapter), again=True)
        await_that(lambda: job.facts().progress.chunks >= FIRST_CHUNKS, "chunks", JOB_SECONDS)
        return job

    def _container_of(self, job: SpeechJob) -> str:
        """Wait until somebody speaks the job and return the short id of his container."""
        return await_that(
            lambda: self._try_container_of(job), f"a worker on job {job.id}", TAKEN_SECONDS
        )

    def _try_container_of(self, job: SpeechJob) -> str:
        facts = job.facts()
        if facts.status.is_terminal:
            raise CheckFailed(f"job {job.id} is {facts.status} already: {facts.error_message}")
        hostname = self._queue.connection.hget(keys.worker(facts.worker), "hostname")
        return as_text(hostname or "")

    def _try_facts(self, job: SpeechJob) -> JobInfo | None:
        try:
            return job.facts()
        except QueueUnavailable:
            return None  # Redis is still reading its log

    def _await_same(self, job: SpeechJob, chunks: int) -> None:
        """Wait for the job, which must never fall behind `chunks`, and compare its bytes."""
        seen = [chunks]
        result = job.wait(JOB_SECONDS, on_progress=lambda facts: seen.append(facts.progress.chunks))
        if min(seen) < chunks:
            raise CheckFailed(f"{chunks} chunks were done, then {min(seen)}: it began anew")
        if result.sha256 != self._calm.sha256:
            others = dict(result.fingerprint.items() - self._calm.fingerprint.items())
            raise CheckFailed(
                f"sha256 {result.sha256}, undisturbed {self._calm.sha256}; "
                f"mixed: {result.mixed}, fingerprint differs in {others or 'nothing'}"
            )
        self._compose.check_file(result.path, self._calm.sha256)


def _ids(output: str) -> list[str]:
    """Read the last line that `ktts submit --json` prints."""
    ids: list[str] = json.loads(output.strip().rpartition("\n")[2])
    return ids
