"""Fixtures for all tiers: a clean environment, and a real server with its settings.

``server`` is shared by a session and empty at the start of each test; ``own_server`` is one test's
own, to be killed and started again at will.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
import redis
from xdist.remote import Producer

from jobs.queue.queue import SpeechQueue
from jobs.settings import QueueSettings, default_cache_dir
from scripts.local_stack.parent_death import end_with_parent
from scripts.local_stack.server import EmbeddedServer, find_binary
from tests.shares import Shares

pytest_plugins = ("tests.fixtures.live", "tests.fixtures.model", "tests.fixtures.tiers")

ROOT = Path(__file__).resolve().parent.parent

Answer = TypeVar("Answer")

MODEL_DIR = os.environ.get("KTTS_MODEL_DIR")
"""Read before the environment is cleaned: the one setting that the tests themselves honour."""

EVENTUALLY_SECONDS = 60.0
"""How long a test waits for what must come, on a machine that is busy with other tests too."""


SERVER_KIND = os.environ.get("FAULT_SERVER", "valkey")
"""What the tests' servers are: valkey, redis (Debian's), cluster, sentinel or tls."""

TLS_FILES = {
    "--tls-cert-file": "server.crt",
    "--tls-key-file": "server.key",
    "--tls-ca-cert-file": "ca.crt",
}


def free_port() -> int:
    """Return a port that nobody uses, low enough for a cluster's bus port beside it."""
    while True:
        with socket.socket() as trial:
            trial.bind(("127.0.0.1", 0))
            port: int = trial.getsockname()[1]
        if port < 50_000:
            return port


def make_certificates(directory: Path) -> None:
    """Write a CA and a server's certificate for 127.0.0.1."""
    directory.mkdir(exist_ok=True)
    (directory / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ours -days 2",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=127.0.0.1",
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -out server.crt -extfile names -days 2",
    ):
        subprocess.run(
            ["openssl", *command.split()], cwd=directory, check=True, capture_output=True
        )


def start_sentinel(directory: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a Sentinel on the next port that names the server on `port` and never gives it up."""
    file = directory / "sentinel.conf"
    file.write_text(
        f"port {port + 1}\nbind 127.0.0.1\ndir {directory}\n"
        f"sentinel monitor mymaster 127.0.0.1 {port} 1\n"
        "sentinel down-after-milliseconds mymaster 600000\n"
    )
    command = [str(find_binary()), str(file), "--sentinel"]
    return subprocess.Popen(
        end_with_parent(command, signal.SIGKILL),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Server(EmbeddedServer):
    """A real valkey-server on a short path; its data stay over kill and start."""

    def __init__(self, directory: Path, kind: str = SERVER_KIND) -> None:
        super().__init__(directory)
        self.kind = kind
        self._port = free_port() if kind in {"sentinel", "tls"} else 0
        self._sentinel: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        if self.kind == "tls":
            return f"rediss://127.0.0.1:{self._port}/0?ssl_ca_certs={self.directory / 'ca.crt'}"
        if self.kind == "sentinel":
            return f"sentinel://127.0.0.1:{self._port + 1}/mymaster/0"
        return super().url

    def connection(self) -> redis.Redis:
        """Open a plain connection to the server."""
        address = self.url
        if self.kind == "sentinel":
            address = f"redis://127.0.0.1:{self._port}/0"
        return redis.Redis.from_url(address)

    def start(self, inherit: Sequence[int] = ()) -> None:
        with pytest.MonkeyPatch.context() as patch:
            if self.kind in {"redis", "tls"}:
                found = Path(shutil.which("redis-server") or "redis-server")
                patch.setattr("scripts.local_stack.server.find_binary", lambda: found)
            if self.kind == "tls" and not (self.directory / "ca.crt").exists():
                make_certificates(self.directory)
            super().start(inherit)
        if self.kind == "cluster":
            with self.connection() as connection, suppress(redis.exceptions.ResponseError):
                connection.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        if self.kind == "sentinel" and self._sentinel is None:
            self._sentinel = start_sentinel(self.directory, self._port)

    def _options(self) -> list[str]:
        options = super()._options()
        if self.kind == "cluster":
            options += ["--cluster-enabled", "yes"]
        if self.kind in {"tls", "sentinel"}:
            options += ["--bind", "127.0.0.1"]
            options[1] = str(self._port)
        if self.kind == "tls":
            options[1] = "0"
            options += ["--tls-port", str(self._port), "--tls-auth-clients", "no"]
            for name, file in TLS_FILES.items():
                options += [name, str(self.directory / file)]
        return options

    def restart(self) -> None:
        """Kill it with no warning and start it again on the same data."""
        self.kill()
        self.start()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Shares:
    """Deal the tests to the processes of ``pytest -n 4``; longest first, as they are collected."""
    config.option.loadscopereorder = False
    return Shares(config, log)


@pytest.fixture(scope="session", autouse=True)
def _hear_ctrl_c() -> None:
    """Undo what a job in the background inherits: the shell has made it deaf to SIGINT."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the settings and the files of whoever runs the tests out of them."""
    for name in list(os.environ):
        if name.upper().startswith("KTTS_") or name.upper() in {"REDIS_URL", "USE_GPU"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """Return where the real weights lie: KTTS_MODEL_DIR, or where fetch-model puts them."""
    return Path(MODEL_DIR) if MODEL_DIR else default_cache_dir() / "model"


@pytest.fixture(scope="session")
def _session_server() -> Iterator[Server]:
    yield from run_server()


@pytest.fixture
def server(_session_server: Server) -> Server:
    """Return the session's server, empty; do not stop it."""
    with _session_server.connection() as connection:
        connection.flushall()
    return _session_server


@pytest.fixture
def own_server() -> Iterator[Server]:
    """Yield a running server that the test may kill, stop and start as it likes."""
    yield from run_server()


@pytest.fixture
def connection(server: Server) -> Iterator[redis.Redis]:
    """Yield a connection to `server`."""
    with server.connection() as opened:
        yield opened


@pytest.fixture
def queue_settings(server: Server, tmp_path: Path) -> QueueSettings:
    """Return settings of `server` with output and work directories of the test's own."""
    return QueueSettings(
        redis_url=server.url, output_dir=tmp_path / "output", work_dir=tmp_path / "work"
    )


@pytest.fixture
def queue(queue_settings: QueueSettings, connection: redis.Redis) -> SpeechQueue:
    """Return the producer's door to `server`."""
    return SpeechQueue(connection, queue_settings)


@pytest.fixture
def process_environment(queue_settings: QueueSettings) -> dict[str, str]:
    """Return the environment for a process of ours that works on `server`."""
    return environment_for(queue_settings)


def environment_for(settings: QueueSettings) -> dict[str, str]:
    """Return this process's environment with `settings` in it and our packages to be found."""
    return os.environ | {
        "KTTS_REDIS_URL": settings.redis_url,
        "KTTS_OUTPUT_DIR": str(settings.output_dir),
        "KTTS_WORK_DIR": str(settings.work_dir),
        "PYTHONPATH": str(ROOT),
    }


def eventually(read: Callable[[], Answer], timeout_seconds: float = EVENTUALLY_SECONDS) -> Answer:
    """Return the first true answer of `read`; fail when none comes in time."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        answer = read()
        if answer:
            return answer
        if time.monotonic() > deadline:
            pytest.fail(f"nothing came within {timeout_seconds} s; the last answer is {answer!r}")
        time.sleep(0.02)


def run_server() -> Iterator[Server]:
    """Yield a running server on a short path; it ends with the generator."""
    directory = Path(tempfile.mkdtemp(prefix="ktts-"))  # tmp_path may be too long for a socket
    running = Server(directory)
    try:
        running.start()
        yield running
    finally:
        running.kill()
        shutil.rmtree(directory)
