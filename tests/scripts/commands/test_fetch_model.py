from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.errors import DownloadFailed
from scripts.commands.fetch_model import main
from worker.speech.model.weights import (
    CALIBRATION_NAME,
    CALIBRATION_VERSION,
    ModelSource,
    check_model,
    describe_file,
    write_source,
)

PATHS = ("config.json", "kokoro-v1_0.pth", "voices/af_heart.pt")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a small but whole model directory."""
    (tmp_path / "voices").mkdir()
    for path in PATHS:
        (tmp_path / path).write_text("content")
    files = tuple(describe_file(tmp_path, path, origin="here", version="1") for path in PATHS)
    write_source(tmp_path, ModelSource("fp32 original", "a note", files))
    return tmp_path


def test_verify_accepts_a_whole_directory(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--verify --json ends with one JSON document on stdout and exit code 0."""
    code = main(["--verify", "--json", "--dest", str(model)])

    output = capsys.readouterr()
    answer = json.loads(output.out.splitlines()[-1])
    assert code == 0
    assert answer["precision"] == "fp32 original"
    assert answer["voices"] == ["af_heart"]
    assert answer["path"] == str(model)
    assert [file["path"] for file in answer["files"]] == list(PATHS)
    assert output.err == f"{model} is whole: fp32 original, 1 voices\n"


def test_verify_names_every_bad_file(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Damage is one line per file on stderr and exit code 78; stdout stays empty."""
    (model / "kokoro-v1_0.pth").write_text("contenT")
    (model / "voices" / "af_heart.pt").unlink()

    code = main(["--verify", "--dest", str(model)])

    output = capsys.readouterr()
    lines = output.err.splitlines()
    assert code == 78
    assert output.out == ""
    assert lines[0].startswith(f"{model}/kokoro-v1_0.pth is damaged")
    assert lines[1] == f"{model}/voices/af_heart.pt is missing"
    assert lines[2] == f"error: 2 bad files in {model}; run `ktts fetch-model`"


def test_verify_refuses_a_directory_without_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty directory is exit code 78 and one line."""
    assert main(["--verify", "--dest", str(tmp_path)]) == 78
    assert capsys.readouterr().err.startswith("error: the model directory")


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (DownloadFailed("no network"), (69, "error: no network\n")),
        (KeyboardInterrupt(), (130, "interrupted; the same command goes on from here\n")),
    ],
    ids=["no network", "ctrl-c"],
)
def test_a_failed_fetch_is_one_line(
    raised: BaseException,
    expected: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever ends the fetch, the user sees one line and a documented exit code."""

    def fail(*arguments: object) -> ModelSource:
        raise raised

    monkeypatch.setattr("scripts.commands.fetch_model.fetch_model", fail)

    code = main([])

    assert (code, capsys.readouterr().err) == expected


def test_the_destination_is_the_workers_model_directory(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --dest, KTTS_MODEL_DIR counts."""
    monkeypatch.setenv("KTTS_MODEL_DIR", str(model))

    assert main(["--verify"]) == 0
    assert str(model) in capsys.readouterr().err


@pytest.mark.parametrize("version", [None, CALIBRATION_VERSION - 1, CALIBRATION_VERSION])
def test_it_calibrates_where_there_are_no_ranges_of_this_release(
    model: Path, monkeypatch: pytest.MonkeyPatch, version: int | None
) -> None:
    """Ranges of an earlier release are measured anew, the present ones are left alone."""
    source = check_model(model)
    if version is not None:
        (model / CALIBRATION_NAME).write_text("{}")
        entry = describe_file(model, CALIBRATION_NAME, origin="here", version=str(version))
        source = ModelSource(source.precision, source.note, (*source.files, entry))
    calibrated = []

    def calibrate(directory: Path) -> ModelSource:
        calibrated.append(directory)
        return source

    monkeypatch.setattr("scripts.commands.fetch_model.fetch_model", lambda *_: source)
    monkeypatch.setattr("scripts.commands.fetch_model._calibrate", calibrate)

    assert main(["--dest", str(model)]) == 0
    assert calibrated == ([] if version == CALIBRATION_VERSION else [model])
