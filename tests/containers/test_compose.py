"""The check's hold on Docker, with a stand-in for the programs that it runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.containers.compose import CheckFailed, Compose, await_that

DOCKER = """#!/bin/sh
echo "docker $*" >>"$POSED_LOG"
case "$*" in
  "compose version") exit 1 ;;
  "images -q --filter dangling=true") cat "$POSED_NAMELESS" ;;
  "images --format "*" ktts-check-"*) echo ours:cpu ;;
  "logs --tail 1 box") echo "a complaint" >&2 ;;
  "inspect box") echo '[{"State": {"Health": {"Status": "unhealthy", "Log": [
    {"Output": "redis: away"}, {"Output": "volume: full"}]}}}]' ;;
  "run nothing") echo "no such image" >&2; exit 125 ;;
esac
"""


@pytest.fixture
def docker_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put posed programs in front of everything; return where they write what they are told."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("docker", "docker-compose"):
        (programs / name).write_text(DOCKER.replace('"docker ', f'"{name} '))
        (programs / name).chmod(0o755)
    (tmp_path / "nameless").write_text("somebody-elses\n")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("POSED_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("POSED_NAMELESS", str(tmp_path / "nameless"))
    return tmp_path / "log"


@pytest.fixture
def compose(docker_log: Path, tmp_path: Path) -> Compose:
    """Return a project on the posed engine, where only the old Compose is installed."""
    return Compose(tmp_path, {})


def test_the_old_compose_is_taken_where_there_is_no_new_one(
    compose: Compose, docker_log: Path
) -> None:
    """Without Docker's plugin `docker-compose` is run."""
    compose.compose("up", "--detach")

    assert docker_log.read_text().splitlines()[-1] == "docker-compose up --detach"


def test_only_own_images_are_removed(compose: Compose, docker_log: Path, tmp_path: Path) -> None:
    """What a build has left without a name goes; what had none before the check stays."""
    (tmp_path / "nameless").write_text("somebody-elses\nbuild-stage\n")

    compose.remove(keep_images=False)

    told = docker_log.read_text().splitlines()
    assert [line for line in told if line.startswith("docker rmi")] == [
        "docker rmi ours:cpu",
        "docker rmi --force build-stage",
    ]


def test_images_are_kept_on_demand(compose: Compose, docker_log: Path) -> None:
    """The next check finds them."""
    compose.remove(keep_images=True)

    assert "rmi" not in docker_log.read_text()


def test_a_command_that_fails_says_why(compose: Compose) -> None:
    """The engine's own words and the exit code are in the message."""
    with pytest.raises(CheckFailed, match="`docker run nothing` ended with 125: no such image"):
        compose.docker("run", "nothing")


def test_health_is_read_from_the_last_check(compose: Compose) -> None:
    """What an earlier check said does not count."""
    assert compose.await_health("box", "unhealthy", "volume: ", 5) == "unhealthy: volume: full"
    with pytest.raises(CheckFailed, match="not within 0 s: box unhealthy"):
        compose.await_health("box", "unhealthy", "redis: ", 0)


def test_last_words_are_those_on_stderr_too(compose: Compose) -> None:
    """Workers log to standard error."""
    assert compose.last_words("box") == "a complaint"


def test_waiting_returns_the_first_true_answer() -> None:
    """Whatever is true ends it, and is handed on."""
    answers = iter([None, "", "there"])

    assert await_that(lambda: next(answers), "something", 5) == "there"
