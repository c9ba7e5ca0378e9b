from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.errors import StartupError
from worker.speech.model.weights import (
    ModelSource,
    check_model,
    describe_file,
    find_damage,
    load_config,
    write_source,
)

PATHS = ("config.json", "kokoro-v1_0.pth", "voices/af_heart.pt", "voices/af_bella.pt")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a small but whole model directory."""
    (tmp_path / "voices").mkdir()
    for path in PATHS:
        (tmp_path / path).write_text(json.dumps({"path": path}))
    files = tuple(describe_file(tmp_path, path, origin="here", version="1") for path in PATHS)
    write_source(tmp_path, ModelSource("fp32 original", "a note", files))
    return tmp_path


def test_a_whole_directory_says_what_it_is(model: Path) -> None:
    """SOURCE.json comes back as it was written."""
    source = check_model(model)

    assert source.precision == "fp32 original"
    assert source.voices == ("af_bella", "af_heart")
    assert not source.has_all_voices
    assert source.weights_sha256 == source.files[1].sha256
    assert list(find_damage(model)) == []
    assert load_config(model) == {"path": "config.json"}


@pytest.mark.parametrize("path", PATHS)
def test_a_missing_file_is_named(model: Path, path: str) -> None:
    """Both the quick and the thorough check name a file that is gone, and the remedy."""
    (model / path).unlink()

    with pytest.raises(StartupError, match=rf"{path} is missing; run `ktts fetch-model`"):
        check_model(model)
    assert list(find_damage(model)) == [f"{model / path} is missing"]


def test_a_short_file_is_named(model: Path) -> None:
    """A file that was cut is found without reading it."""
    weights = model / "kokoro-v1_0.pth"
    weights.write_bytes(weights.read_bytes()[:-1])

    with pytest.raises(StartupError, match=r"kokoro-v1_0.pth has \d+ bytes instead of \d+"):
        check_model(model)


def test_a_flipped_byte_is_found(model: Path) -> None:
    """The thorough check sees what the quick one cannot."""
    weights = model / "kokoro-v1_0.pth"
    content = bytearray(weights.read_bytes())
    content[3] ^= 1
    weights.write_bytes(content)

    check_model(model)
    (line,) = find_damage(model)

    assert line.startswith(f"{weights} is damaged: sha256 ")


def test_an_empty_and_an_unfinished_directory_are_told_apart(tmp_path: Path) -> None:
    """Nothing there and half of it there are different news; the remedy is the same."""
    with pytest.raises(StartupError, match=r"is empty: no SOURCE\.json; run `ktts fetch-model`"):
        check_model(tmp_path / "nowhere")
    (tmp_path / "config.json").write_text("{}")

    with pytest.raises(StartupError, match=r"is unfinished: no SOURCE\.json"):
        check_model(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"precision": 1, "note": "", "files": [{}]}'],
    ids=["empty", "list", "bare", "half a file"],
)
def test_an_unreadable_source_is_refused(model: Path, text: str) -> None:
    """A damaged SOURCE.json is an error of the directory, not a traceback."""
    (model / "SOURCE.json").write_text(text)

    with pytest.raises(StartupError, match=r"SOURCE.json cannot be read"):
        check_model(model)


def test_a_source_without_voices_is_refused(model: Path) -> None:
    """A model that cannot speak with any voice is not whole."""
    files = tuple(file for file in check_model(model).files if "voices" not in file.path)
    write_source(model, ModelSource("fp32 original", "", files))

    with pytest.raises(StartupError, match="does not list any voice"):
        check_model(model)


def test_an_unreadable_config_is_refused(model: Path) -> None:
    """A config that is no JSON names the file."""
    (model / "config.json").write_text("{")

    with pytest.raises(StartupError, match=r"config.json cannot be read"):
        load_config(model)
