"""A stand-in for a worker that only keeps the books: takes jobs and says how they ended."""

from __future__ import annotations

import redis

from jobs import SpeechRequest, SpeechResult
from jobs.queue import keys
from worker.settings import WorkerSettings
from worker.supervision.job_store import HeldJob, JobStore

QUEUES = ("interactive", "default", "bulk")


def make_request(text: str = "Hello from the test.", **fields) -> SpeechRequest:
    """Return a request that is wholly valid."""
    return SpeechRequest(text=text, **fields)


def make_result(request: SpeechRequest, **fields) -> SpeechResult:
    """Return what a worker would say of `request`."""
    facts = {
        "job_id": request.job_id,
        "path": f"/output/{request.output_file}",
        "output_file": request.output_file,
        "format": request.format,
        "sample_rate": 24_000,
        "audio_seconds": 2.0,
        "processing_seconds": 0.5,
        "real_time_factor": 0.25,
        "chunks": 1,
        "characters": len(request.text),
        "phonemes": 18,
        "device": "cpu",
        "voice": request.voice,
        "language": request.language,
        "speed": request.speed,
        "sha256": "0" * 64,
        "fingerprint": {"model": "none"},
    }
    return SpeechResult(**facts | fields)


class FakeWorker:
    """One worker's name, heartbeat and store."""

    def __init__(
        self, connection: redis.Redis, settings: WorkerSettings, name: str = "fake_worker"
    ):
        self.name = name
        self._connection = connection
        self.store = JobStore(connection, name, settings)
        self.beat()

    def beat(self) -> None:
        """Be alive, as the registry of workers sees it."""
        self._connection.hset(keys.worker(self.name), mapping={"state": "idle", "device": "cpu"})
        self._connection.sadd(keys.WORKERS, keys.worker(self.name))

    def lapse(self) -> None:
        """Be dead, as it looks after a kill once the heartbeat has run out."""
        self._connection.delete(keys.worker(self.name))

    def take(self, *, rotate: bool = False) -> HeldJob:
        """Take the next job, which there must be."""
        job = self.store.take(QUEUES, rotate=rotate)
        assert job is not None
        return job

    def finish(self, job: HeldJob, request: SpeechRequest, **fields) -> str:
        """Say that `job` is done."""
        return self.store.finish(job, make_result(request, **fields).model_dump(mode="json"))
