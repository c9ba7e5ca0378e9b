"""A real gateway on a real server with a real worker, for the tests of ``ktts web``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from jobs import connect
from jobs.queue.overview import find_workers
from jobs.settings import QueueSettings
from scripts.local_stack.parent_death import end_with_parent
from tests.conftest import Server, environment_for, eventually

START_SECONDS = 120.0
"""How long a process may take to start, and a job to end, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Process:
    """One of our processes, with its log in a file; it does not outlive the tests' own."""

    running: subprocess.Popen[str]
    log_file: Path

    @property
    def pid(self) -> int:
        return self.running.pid

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def stop(self) -> None:
        self.running.terminate()
        try:
            self.running.wait(20)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()


@contextmanager
def run_process(directory: Path, environment: dict[str, str], *arguments: str) -> Iterator[Process]:
    """Run ``python`` with `arguments` until the block ends; its output goes to a file."""
    log_file = directory / f"{arguments[1].rpartition('.')[2]}-{len(list(directory.iterdir()))}.log"
    with log_file.open("w") as log:
        process = Process(
            subprocess.Popen(
                end_with_parent([sys.executable, *arguments], signal.SIGTERM),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
            ),
            log_file,
        )
    try:
        yield process
    finally:
        process.stop()


class Site:
    """A gateway, its queue and the processes that work on it."""

    def __init__(self, server: Server, directory: Path, **environment: str) -> None:
        self.server = server
        self.settings = QueueSettings(
            redis_url=server.url, output_dir=directory / "output", work_dir=directory / "work"
        )
        self.directory = directory
        inherited = environment_for(self.settings).items()
        ours = ("KTTS_REDIS_URL", "KTTS_OUTPUT_DIR", "KTTS_WORK_DIR")
        self.environment = {
            name: value
            for name, value in inherited
            if name in ours or not name.startswith(("KTTS_", "REDIS_", "USE_"))
        } | environment
        self.url = ""
        self.gateway: Process | None = None

    @contextmanager
    def serve(
        self, program: tuple[str, ...] = ("-m", "scripts.cli", "web"), **environment: str
    ) -> Iterator[httpx.Client]:
        """Run a gateway and yield a client of it; the first one is the site's own."""
        arguments = (*program, "--port", "0")
        with run_process(self.directory, self.environment | environment, *arguments) as process:
            url = self._address(process)
            if not self.url:
                self.gateway, self.url = process, url
            with httpx.Client(base_url=url, timeout=60) as client:
                eventually(lambda: _answers(client), START_SECONDS)
                yield client

    @contextmanager
    def worker(self, *, pace: float = 0.0) -> Iterator[Process]:
        """Run a worker whose chunks take `pace` seconds each, ready for its first job."""
        extra = {
            "KTTS_SYNTHESIZER": "tests.fakes.tone:load_engine",
            "KTTS_TONE_SECONDS_PER_CHUNK": str(pace),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        with self._run_worker(extra) as process:
            yield process

    @contextmanager
    def model_worker(self, model_dir: Path) -> Iterator[Process]:
        """Run a worker on the real model, ready for its first job."""
        extra = {
            "KTTS_MODEL_DIR": str(model_dir),
            "KTTS_DEVICE": "cpu",
            "KTTS_PRECISION": "int8",  # named, so that no trial is made first
        }
        with self._run_worker(extra) as process:
            yield process

    @contextmanager
    def _run_worker(self, extra: dict[str, str]) -> Iterator[Process]:
        with run_process(self.directory, self.environment | extra, "-m", "worker") as process:
            eventually(lambda: process.running.poll() is not None or self._workers(), START_SECONDS)
            assert process.running.poll() is None, process.log
            yield process

    def _workers(self) -> tuple[str, ...]:
        with connect(self.settings.redis_url) as connection:
            return find_workers(connection)

    def _address(self, process: Process) -> str:
        def first_line() -> str:
            assert process.running.poll() is None, process.log
            lines = [line for line in process.log.splitlines() if line.startswith("http")]
            return lines[0] if lines else ""

        return eventually(first_line, START_SECONDS)


def make_text(label: str, chunks: int) -> str:
    """Return a text of exactly `chunks` chunks, unlike that of any other label."""
    parts = (f"Part {part} of {label} is spoken to you." for part in range(chunks))
    return " [pause:0.1s] ".join(parts)


def submit(client: httpx.Client, **fields: Any) -> str:
    """Submit a request and return the job's id."""
    answer = client.post("/v1/jobs", json=fields)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def wait_for(client: httpx.Client, job_id: str, status: str = "finished") -> dict[str, Any]:
    """Return what is known of a job once it has come to `status`."""

    def read() -> dict[str, Any] | None:
        document = client.get(f"/v1/jobs/{job_id}").json()
        assert document["status"] == status or document["ended_at"] is None, document
        return document if document["status"] == status else None

    return eventually(read, START_SECONDS)


def read_events(answer: httpx.Response) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield id, name and data of each server-sent event."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield fields.get("id", ""), fields.get("event", ""), json.loads(fields["data"])
            fields = {}


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False
