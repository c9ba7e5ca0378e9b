"""Real workers and janitors for the fault tests, and what can be seen of them from outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from jobs.queue import keys
from jobs.queue.connection import as_text
from jobs.queue.job import SpeechJob
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechRequest
from jobs.settings import QueueSettings
from scripts.local_stack.parent_death import end_with_parent
from tests.conftest import Server, environment_for, eventually
from tests.fakes.tone import make_engine
from tests.faults.engine import LOG_NAME
from worker.render.render import render_speech

PROCESS_SECONDS = 60.0
"""How long a process may take to start or to end on a busy machine."""

WORKER = ("-m", "worker")
JANITOR = ("-m", "worker.janitor.janitor")


class Process:
    """One of our processes, with its log in a file; it does not outlive the tests' own."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
        self.log_file = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                end_with_parent([sys.executable, *arguments], signal.SIGKILL),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.pid = self._process.pid
        self.ended_at = 0.0

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def children(self) -> list[int]:
        """Return the process ids of its children; a worker has one, the model process."""
        try:
            listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in listed.split()]

    def model_process(self) -> int:
        """Wait for the model process and return its process id."""
        return eventually(self.children)[0]

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self, timeout_seconds: float = PROCESS_SECONDS) -> int:
        """Return its exit code when it has ended."""
        return self._process.wait(timeout_seconds)

    def kill(self) -> float:
        """End it without warning and return the wall-clock time of that."""
        moment = time.time()
        self._process.kill()
        self._process.wait()
        return moment


class Stable:
    """A server, its queue, and the processes that one test starts; all end with the test."""

    def __init__(self, server: Server, directory: Path, **settings: object) -> None:
        self.server = server
        self.directory = directory
        directory.mkdir(exist_ok=True)
        self.settings = QueueSettings(
            redis_url=server.url,
            output_dir=directory / "output",
            work_dir=directory / "work",
            **settings,
        )
        self.connection = server.connection()
        self.queue = SpeechQueue(self.connection, self.settings)
        self.environment = environment_for(self.settings) | {
            "KTTS_SYNTHESIZER": "tests.faults.engine:load_engine",
            "KTTS_FAULT_DIR": str(directory),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._processes: list[Process] = []

    def start(self, *arguments: str, **environment: str) -> Process:
        """Start ``python`` with `arguments`; `environment` is set for it alone."""
        log = self.directory / f"process-{len(self._processes)}.log"
        process = Process(arguments, self.environment | environment, log)
        self._processes.append(process)
        return process

    def worker(self, *, pace: float = 0.0, ready: bool = True, **environment: str) -> Process:
        """Start a worker whose chunks take `pace` seconds, and wait until it can take a job."""
        process = self.start(*WORKER, KTTS_TONE_SECONDS_PER_CHUNK=str(pace), **environment)
        if ready:
            self.await_ready(process)
        return process

    def doomed(self, label: str, *, pace: float = 0.0, **environment: str) -> Process:
        """Start a worker that kills itself at `label`, and wait until it can take a job."""
        process = self.start(
            "-m",
            "tests.faults.launcher",
            label,
            KTTS_TONE_SECONDS_PER_CHUNK=str(pace),
            **environment,
        )
        self.await_ready(process)
        return process

    def janitor(self, **environment: str) -> Process:
        """Start a janitor."""
        process = self.start(*JANITOR, **environment)
        eventually(lambda: "janitor started" in process.log, PROCESS_SECONDS)
        return process

    def await_ready(self, process: Process) -> None:
        """Wait until a worker is idle or has ended."""
        eventually(
            lambda: not process.is_running or self.state_of(process) in {"idle", "busy"},
            PROCESS_SECONDS,
        )
        assert process.is_running, process.log

    def name_of(self, process: Process) -> str:
        """Return the name under which a worker is entered, or an empty text."""
        for key in self.connection.smembers(keys.WORKERS):
            pid = self.connection.hget(key, "pid")
            if pid is not None and int(pid) == process.pid:
                return as_text(key).removeprefix(keys.worker(""))
        return ""

    def state_of(self, process: Process) -> str:
        """Return a worker's state in Redis, or an empty text."""
        try:
            state = self.connection.hget(keys.worker(self.name_of(process)), "state")
        except redis.exceptions.RedisError:
            return ""
        return as_text(state or "")

    def field(self, job: SpeechJob | str, name: str) -> str:
        """Return one field of a job's hash, or an empty text."""
        job_id = job if isinstance(job, str) else job.id
        return as_text(self.connection.hget(keys.job(job_id), name) or "")

    def chunks_of(self, job: SpeechJob) -> int:
        """Return how many chunks the journal or the result of a job holds by the log."""
        return len({line.index for line in self.made("chunk") if line.job_id == job.id})

    def made(self, kind: str) -> list[Made]:
        """Return the lines of `kind` in the engines' log."""
        path = self.directory / LOG_NAME
        text = path.read_text() if path.exists() else ""
        words = (line.split() for line in text.splitlines())
        return [Made(line) for line in words if line[0] == kind]

    def files_made_twice(self) -> list[str]:
        """Return the jobs whose finished file was made more than once."""
        counts = Counter(line.job_id for line in self.made("file"))
        return [job_id for job_id, count in counts.items() if count > 1]

    def chunks_made_twice(self) -> list[tuple[str, int]]:
        """Return the chunks that entered a journal more than once."""
        counts = Counter((line.job_id, line.index) for line in self.made("chunk"))
        return [chunk for chunk, count in counts.items() if count > 1]

    def assert_tidy(self) -> None:
        """No job is held or waits, no work and no hidden file is left."""
        assert self.connection.hlen(keys.HELD) == 0
        overview = self.queue.overview()
        assert sum(overview.waiting.values()) == 0
        assert overview.waiting_characters == 0
        assert list(self.settings.work_dir.glob("*")) == []
        assert list(self.settings.output_dir.rglob(".*")) == []

    def close(self) -> None:
        """End every process that was started, the model processes by their parents' end."""
        for process in self._processes:
            if process.is_running:
                process.signal(signal.SIGCONT)
                process.kill()
        self.connection.close()


@contextmanager
def open_stable(directory: Path, **settings: object) -> Iterator[Stable]:
    """Yield a stable with a server of its own; both end with the block."""
    place = Path(tempfile.mkdtemp(prefix="ktts-"))  # `directory` may be too long for a socket
    server = Server(place)
    try:
        server.start()
        stable = Stable(server, directory, **settings)
        try:
            yield stable
        finally:
            stable.close()
    finally:
        server.kill()
        shutil.rmtree(place)


class Made:
    """One line of the engines' log."""

    def __init__(self, words: list[str]) -> None:
        self.words = words

    @property
    def job_id(self) -> str:
        return self.words[1]

    @property
    def index(self) -> int:
        return int(self.words[2])

    @property
    def seed(self) -> int:
        return int(self.words[1])


def calm_hashes(requests: list[SpeechRequest], directory: Path) -> dict[str, str]:
    """Return job id to sha256 of the file that an undisturbed run makes."""
    engine = make_engine()
    return {
        request.job_id: render_speech(
            request,
            engine,
            output_dir=directory / "calm-output",
            work_dir=directory / "calm-work",
            execution_id="calm",
            checkpoint=lambda _progress: None,
            confirm=lambda: None,
        ).sha256
        for request in requests
    }


def make_request(number: int, *, chunks: int = 3, **fields: object) -> SpeechRequest:
    """Return a request that has exactly `chunks` chunks, unlike any other `number`'s."""
    return SpeechRequest(text=make_text(number, chunks), **fields)


def make_text(number: int, chunks: int) -> str:
    """Return a text of `chunks` chunks; a pause mark ends each, so that they stay short."""
    parts = (f"Job {number} says part {part} to you." for part in range(chunks))
    return " [pause:0.1s] ".join(parts)


def is_alive(pid: int) -> bool:
    """Say whether a process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def kill_model_process(process: Process) -> int:
    """End a worker's model process without warning and return its process id."""
    pid = process.model_process()
    os.kill(pid, signal.SIGKILL)
    return pid


def wait_all(jobs: list[SpeechJob], timeout_seconds: float) -> Iterator[str]:
    """Yield each job's sha256 when it has finished."""
    deadline = time.monotonic() + timeout_seconds
    for job in jobs:
        yield job.wait(max(0.1, deadline - time.monotonic())).sha256
