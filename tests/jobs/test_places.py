"""Whoever names no server finds the `ktts up` of this machine."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from jobs.places import LOCK_NAME, Claim, find_running, install_command, parse_claim
from jobs.settings import QueueSettings, default_data_dir
from scripts.local_stack.stack import local_settings

CLAIM = Claim(os.getpid(), "unix:///run/x", "/up/output", is_lasting=True, work_dir="/up/work")
GONE = 2**22 + 1
"""No process has such an id."""


def leave(claim: Claim) -> Path:
    """Write the note of `claim` where the settings look for one."""
    directory = default_data_dir()
    directory.mkdir(parents=True)
    (directory / LOCK_NAME).write_text(json.dumps(asdict(claim)))
    return directory


def places(settings: QueueSettings) -> tuple[str, str, str]:
    """Return what a `ktts up` decides for others."""
    return settings.redis_url, str(settings.output_dir), str(settings.work_dir)


def test_a_running_up_is_found_without_a_setting():
    """Server and directories are its own."""
    leave(CLAIM)

    assert places(QueueSettings()) == ("unix:///run/x", "/up/output", "/up/work")


@pytest.mark.parametrize("name", ["KTTS_REDIS_URL", "REDIS_URL"])
def test_a_server_that_is_named_comes_first(monkeypatch: pytest.MonkeyPatch, name: str):
    """With another server the directories of the one that runs here would be wrong, too."""
    directory = leave(CLAIM)
    monkeypatch.setenv(name, "redis://elsewhere")

    found = places(QueueSettings())

    assert found == ("redis://elsewhere", str(directory / "output"), str(directory / "work"))
    assert QueueSettings(redis_url="redis://third").redis_url == "redis://third"


def test_a_directory_that_is_named_comes_first(monkeypatch: pytest.MonkeyPatch):
    """The server may be found and the directory be mounted elsewhere."""
    leave(CLAIM)
    monkeypatch.setenv("KTTS_OUTPUT_DIR", "/mounted")

    assert places(QueueSettings()) == ("unix:///run/x", "/mounted", "/up/work")


@pytest.mark.parametrize(
    "claim",
    [
        Claim(GONE, CLAIM.url, CLAIM.output_dir, is_lasting=True),
        Claim(CLAIM.pid, CLAIM.url, CLAIM.output_dir, is_lasting=False),
    ],
    ids=["gone", "of one command"],
)
def test_what_ends_or_has_ended_is_not_found(claim: Claim):
    """A killed `up` leaves its note; what `--embedded` starts ends with its own work."""
    directory = leave(claim)

    assert find_running(directory) is None
    assert QueueSettings().redis_url == "redis://localhost:6379/0"


def test_another_stack_does_not_take_the_directories_of_the_one_that_runs(tmp_path: Path):
    """`ktts up --data` elsewhere has its own."""
    leave(CLAIM)

    settings = local_settings(tmp_path, "unix:///own")

    assert places(settings) == ("unix:///own", str(tmp_path / "output"), str(tmp_path / "work"))


def test_notes_of_other_versions_are_read():
    """One lacks a field, another has one more; what is no note is none."""
    old = {"pid": 1, "url": "u", "output_dir": "o", "is_lasting": True}

    assert parse_claim(json.dumps(old).encode()) == Claim(1, "u", "o", is_lasting=True)
    assert parse_claim(json.dumps(old | {"port": 1}).encode()) == Claim(
        1, "u", "o", is_lasting=True
    )
    assert [parse_claim(note) for note in (b"", b'{"pid": 1', b"[]", b"{}")] == [None] * 4


def test_the_hint_names_where_this_installation_came_from():
    """A checkout by its path: the project's name alone is on no index."""
    line = install_command("web")

    assert line.endswith(f" -m pip install '{Path(__file__).parents[2]}[web]'")


def test_the_hint_names_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where pip has noted which file it installed."""
    wheel = tmp_path / "a wheel.whl"

    class Installed:
        def read_text(self, _name: str) -> str:
            return json.dumps({"url": wheel.as_uri()})

    monkeypatch.setattr("jobs.places.__file__", str(tmp_path / "jobs" / "places.py"))
    monkeypatch.setattr("importlib.metadata.distribution", lambda _name: Installed())

    assert install_command("books").endswith(f" -m pip install '{wheel}[books]'")


@pytest.mark.parametrize("extra", ["all", "worker"])
def test_the_hint_pulls_no_cuda_where_there_is_no_card(extra: str, monkeypatch: pytest.MonkeyPatch):
    """On Linux the usual index has PyTorch with CUDA only."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("jobs.places.DRIVER", Path("/nonexistent"))
    assert "whl/cpu" in install_command(extra)

    monkeypatch.setattr("jobs.places.DRIVER", Path("/"))
    assert "whl/cpu" not in install_command(extra)
