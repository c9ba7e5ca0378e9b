"""One project of Docker Compose, from this folder's files, under a name and a port of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

COMMAND_SECONDS = 900
BUILD_SECONDS = 3600

START_SECONDS = 1_800
"""From `up` to a loaded model. The model is fetched and measured first, and the first worker tries
out the processor: four minutes on two cores, and as long as it takes beside other work."""

POLL_SECONDS = 0.2

SHOWN_CHARACTERS = 60
"""Of each argument of a command that failed."""

Answer = TypeVar("Answer")


class CheckFailed(Exception):
    """Something is not as it should be; the message says what was seen."""


class Compose:
    """The stack of the check; nothing else on the machine is touched."""

    def __init__(self, folder: Path, environment: Mapping[str, str], name: str = "") -> None:
        """Prepare to run the compose files of `folder` with `environment` as their knobs.

        Args:
            folder: The clone.
            environment: Knobs beside those that keep it apart from everything else.
            name: Tells several stacks of one check apart.
        """
        self.project = f"ktts-check-{os.getpid()}{name}"
        self.image = f"{self.project}:cpu"
        self.port, self.web_port = _find_free_port(), _find_free_port()
        self._folder = folder
        self._environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_FILE": "docker-compose.yml:deploy/publish-redis.yml",
            "KTTS_IMAGE": self.project,
            "KTTS_REDIS_PORT": str(self.port),
            "KTTS_WEB_PUBLISH": f"127.0.0.1:{self.web_port}",
            **environment,
        }
        self._compose = _find_compose()
        self._foreign_images = self._nameless_images()

    def compose(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> str:
        """Run a subcommand of Compose and return what it prints."""
        return self._run([*self._compose, *arguments], seconds)

    def docker(self, *arguments: str, seconds: float = COMMAND_SECONDS) -> str:
        """Run a subcommand of Docker and return what it prints."""
        return self._run(["docker", *arguments], seconds)

    def last_words(self, container: str) -> str:
        """Return the last line that a container has logged."""
        return self._run(["docker", "logs", "--tail", "1", container], with_errors=True).strip()

    def inspect(self, name: str) -> dict[str, Any]:
        """Return all that Docker knows of a container or an image."""
        found: list[dict[str, Any]] = json.loads(self.docker("inspect", name))
        return found[0]

    def containers(self, service: str) -> list[str]:
        """Return the ids of the service's containers that run."""
        labels = {"project": self.project, "service": service, "oneoff": "False"}
        chosen = (f"--filter=label=com.docker.compose.{key}={labels[key]}" for key in labels)
        return self.docker("ps", "--quiet", "--no-trunc", *chosen).split()

    def volume(self, name: str) -> str:
        """Return the engine's name of one of the project's volumes."""
        return f"{self.project}_{name}"

    def check_file(self, path: str, sha256: str) -> None:
        """Compare what really lies in the volume of the output.

        Raises:
            CheckFailed: it is something else.
        """
        worker = self.containers("worker")[0]
        found = self.docker("exec", worker, "sha256sum", path).split()[0]
        if found != sha256:
            raise CheckFailed(f"{path} has sha256 {found}, the result says {sha256}")

    def await_health(self, container: str, wanted: str, saying: str, seconds: float) -> str:
        """Wait until a container is `wanted` and its last check said `saying`.

        Returns:
            Its state and all that the check said.

        Raises:
            CheckFailed: it did not come to that in time.
        """
        seen = ""

        def read() -> bool:
            nonlocal seen
            health = self.inspect(container)["State"]["Health"]
            said = "".join(entry["Output"] for entry in health["Log"][-1:])
            state: str = health["Status"]
            seen = f"{state}: {said}"
            return state == wanted and saying in said

        try:
            await_that(read, f"{container[:12]} {wanted} ({saying})", seconds)
        except CheckFailed as exc:
            raise CheckFailed(f"{exc}; it is {seen}") from exc
        return seen

    def remove(self, *, keep_images: bool) -> None:
        """Take down containers, networks and volumes, and remove images unless told not to."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
        leftovers = self.docker(
            "ps", "-aq", "--filter", f"label=com.docker.compose.project={self.project}"
        ).split()
        if leftovers:
            self.docker("rm", "--force", "--volumes", *leftovers)
        if keep_images:
            return
        # By name: an image that somebody else has named, or built upon, is theirs from then on.
        listed = self.docker("images", "--format", "{{.Repository}}:{{.Tag}}", self.project)
        if names := listed.split():
            self.docker("rmi", *names)
        if nameless := self._nameless_images() - self._foreign_images:
            self.docker("rmi", "--force", *nameless)

    def _nameless_images(self) -> set[str]:
        """Return the images without a name; the classic builder leaves one for each stage."""
        return set(self.docker("images", "-q", "--filter", "dangling=true").split())

    def _run(
        self, command: list[str], seconds: float = COMMAND_SECONDS, *, with_errors: bool = False
    ) -> str:
        try:
            ended = subprocess.run(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if with_errors else subprocess.PIPE,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise CheckFailed(f"`{_shorten(command)}` took more than {seconds:.0f} s") from exc
        if ended.returncode != 0:
            lines = f"{ended.stdout}{ended.stderr or ''}".strip().splitlines()[-15:]
            reason = "\n".join(lines)
            raise CheckFailed(f"`{_shorten(command)}` ended with {ended.returncode}: {reason}")
        return ended.stdout


def await_that(read: Callable[[], Answer], what: str, seconds: float) -> Answer:
    """Return the first true answer of `read`.

    Raises:
        CheckFailed: none came in time.
    """
    deadline = time.monotonic() + seconds
    while not (answer := read()):
        if time.monotonic() > deadline:
            raise CheckFailed(f"not within {seconds:.0f} s: {what}")
        time.sleep(POLL_SECONDS)
    return answer


def _shorten(command: list[str]) -> str:
    return " ".join(part[:SHOWN_CHARACTERS] for part in command)


def _find_compose() -> list[str]:
    """Return today's Compose where it is installed, else 1.29."""
    if shutil.which("docker") is None:
        raise CheckFailed("there is no docker command; install Docker and start its engine")
    plugin = ["docker", "compose"]
    if subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0:
        return plugin
    if shutil.which("docker-compose") is None:
        raise CheckFailed("there is no Docker Compose; install its plugin, or docker-compose 1.29")
    return ["docker-compose"]


def _find_free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
    return port
