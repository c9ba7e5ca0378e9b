"""Everything on one machine: embedded server, janitor, workers and gateway, under one roof."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from jobs.places import Claim
from jobs.settings import QueueSettings
from scripts.local_stack.child_process import Child
from scripts.local_stack.data_dir_lock import claim_directory, publish_claim
from scripts.local_stack.server import EmbeddedServer
from worker.speech.device.cores import count_cores

STOP_SECONDS = 120.0
"""A worker finishes its chunk and puts the job back; one that takes longer is killed."""

_POLL_SECONDS = 0.05


class Stack:
    """Server, janitor, workers and gateway on one data directory; they end with this process."""

    def __init__(
        self,
        data_dir: Path,
        environment: Mapping[str, str],
        *,
        workers: int,
        is_lasting: bool,
        show: Callable[[str], None],
        tell: Callable[[str], None],
        web: tuple[str, int] | None = None,
    ) -> None:
        """Describe the stack; nothing is started.

        Args:
            data_dir: Where the server's data, output and work in progress are.
            environment: For the programs; the server's address and the directories are added.
            workers: How many.
            is_lasting: False where it ends with the work of one command.
            show: Gets every line that the programs print, with the program's name before it.
            tell: Gets what happens to the programs.
            web: Host and port of a gateway beside the workers, where one is wanted.
        """
        self.data_dir = data_dir.absolute()
        self._server = EmbeddedServer(self.data_dir / "server")
        self.settings = local_settings(self.data_dir, self._server.url)
        self._is_lasting = is_lasting
        self._lock: int | None = None
        environment = {
            "KTTS_THREADS": str(max(1, count_cores() // max(1, workers))),
            **environment,
            "KTTS_REDIS_URL": self.settings.redis_url,
            "KTTS_OUTPUT_DIR": str(self.settings.output_dir.absolute()),
            "KTTS_WORK_DIR": str(self.settings.work_dir.absolute()),
        }
        self.threads = environment["KTTS_THREADS"]
        """Of each worker, as its settings say it."""
        self._janitor = Child("janitor", "worker.janitor.janitor", environment, show, tell)
        self._workers = [
            Child(f"worker-{number}", "worker", environment, show, tell)
            for number in range(1, workers + 1)
        ]
        self._web = []
        if web is not None:
            arguments = ("web", "--host", web[0], "--port", str(web[1]))
            self._web = [Child("web", "scripts.cli", environment, show, tell, arguments=arguments)]

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """Process ids of the workers that were started."""
        return tuple(worker.pid for worker in self._workers if worker.pid is not None)

    def start(self) -> None:
        """Start the server, then what works on it.

        Raises:
            DirectoryInUse: another stack runs on this data directory.
            StartupError: the server cannot be started.
        """
        self._lock = claim_directory(self.data_dir)
        self._server.start(inherit=(self._lock,))
        claim = Claim(
            pid=os.getpid(),
            url=self.settings.redis_url,
            output_dir=str(self.settings.output_dir.absolute()),
            is_lasting=self._is_lasting,
            work_dir=str(self.settings.work_dir.absolute()),
        )
        publish_claim(self._lock, claim)
        for child in (self._janitor, *self._workers, *self._web):
            child.start()

    def check(self) -> None:
        """Start again what has died.

        Raises:
            StartupError: one of the programs cannot start at all; says why.
        """
        if not self._server.is_running:
            self._server.start(inherit=(self._lock,) if self._lock is not None else ())
        for child in (self._janitor, *self._workers, *self._web):
            child.keep_running()

    def stop(self) -> None:
        """End workers and gateway, janitor, then server; interrupted once more, kill them."""
        try:
            _end([*self._workers, *self._web])
            _end([self._janitor])
            self._server.stop()
        except KeyboardInterrupt:
            pass  # in a hurry: what was answered is on disk, and the next start goes on from there
        finally:
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left takes no time
            for child in (*self._workers, *self._web, self._janitor):
                child.kill()
            self._server.kill()
            if self._lock is not None:
                os.ftruncate(self._lock, 0)
                os.close(self._lock)
                self._lock = None
            signal.signal(signal.SIGINT, before)


def local_settings(data_dir: Path, url: str) -> QueueSettings:
    """Return the settings for a server at `url`; directories that are not set lie in `data_dir`."""
    settings = QueueSettings(redis_url=url)
    places = {"output_dir": data_dir / "output", "work_dir": data_dir / "work"}
    unset = {name: path for name, path in places.items() if name not in settings.model_fields_set}
    return settings.model_copy(update=unset)


@contextmanager
def stop_signals() -> Iterator[None]:
    """Let SIGTERM and a closed terminal do what Ctrl-C does: raise KeyboardInterrupt."""
    before = {name: signal.signal(name, _interrupt) for name in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _end(children: list[Child]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while any(child.is_running for child in children) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
