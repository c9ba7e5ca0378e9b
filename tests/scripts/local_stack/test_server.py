"""The embedded server, for real: private, durable, and never left behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from jobs.errors import StartupError
from scripts.local_stack.server import EmbeddedServer
from tests.conftest import ROOT, Server, eventually


def test_what_was_answered_survives_a_kill(own_server: Server):
    """A write that was answered is there after kill -9 and a new start."""
    own_server.connection().set("kept", "yes")

    own_server.restart()

    assert own_server.connection().get("kept") == b"yes"


def test_nobody_else_gets_in(own_server: Server):
    """The socket and its directory are for their owner alone, and there is no port."""
    socket_mode = stat.S_IMODE(own_server.socket.stat().st_mode)
    directory_mode = stat.S_IMODE(own_server.socket.parent.stat().st_mode)

    assert (socket_mode, directory_mode) == (0o700, 0o700)
    assert own_server.connection().config_get("port") == {"port": "0"}


def test_writes_are_on_disk_and_never_evicted(own_server: Server):
    """The server appends every write before it answers and refuses rather than forgets."""
    settings = own_server.connection().config_get("append*", "maxmemory-policy")

    assert settings["appendonly"] == "yes"
    assert settings["appendfsync"] == "always"
    assert settings["maxmemory-policy"] == "noeviction"


def test_stop_ends_the_process(own_server: Server):
    """After stop nothing answers and the process is gone."""
    pid = own_server.pid

    own_server.stop()

    assert pid is not None
    assert not _is_alive(pid)
    with pytest.raises(redis.exceptions.ConnectionError):
        own_server.connection().ping()


def test_a_directory_with_blanks_and_a_long_name_works(tmp_path: Path):
    """Blanks, signs and lengths that a socket cannot have are no matter."""
    server = EmbeddedServer(tmp_path / "my data? 100% #1" / ("long" * 30))
    server.start()
    try:
        assert redis.Redis.from_url(server.url).ping()
    finally:
        server.kill()
        server.socket.unlink(missing_ok=True)
        server.socket.parent.rmdir()


def test_a_file_in_the_way_is_one_clear_error(tmp_path: Path):
    """A data directory that is a file is refused in one line that names it."""
    (tmp_path / "data").write_text("not a directory")

    with pytest.raises(StartupError, match=r"cannot use .*data for the server: File exists"):
        EmbeddedServer(tmp_path / "data").start()


def test_a_server_that_cannot_start_says_why(own_server: Server):
    """A server that ends at once is reported with its last words."""
    own_server.stop()
    log = own_server.directory / "appendonlydir"
    next(log.glob("*.manifest")).write_text("nonsense\n")

    with pytest.raises(StartupError, match=r"does not start: .*(?i:manifest|AOF)"):
        own_server.start()


def test_the_server_dies_with_a_killed_parent(tmp_path: Path):
    """A kill -9 of the process that started it does not leave the server behind."""
    program = (
        "import sys, time, pathlib; from scripts.local_stack.server import EmbeddedServer\n"
        "s = EmbeddedServer(pathlib.Path(sys.argv[1])); s.start(); print(s.pid, flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)

    assert eventually(lambda: not _is_alive(pid))


def _is_alive(pid: int) -> bool:
    """Return whether the process runs; one that only waits to be reaped does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
