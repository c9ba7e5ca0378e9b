from __future__ import annotations

import json

import pytest

from scripts.diagnosis.state import (
    MeasuredSpeed,
    inspect_model,
    inspect_server,
    read_speed,
)
from tests.fakes.tiny_model import write_tiny_model


def test_whole_model_is_verified(tmp_path):
    """Every recorded checksum is right."""
    found = inspect_model(write_tiny_model(tmp_path))

    assert (found.state, found.detail) == ("verified", "fp32 original, 1 voices")


@pytest.mark.parametrize("makes_directory", [True, False])
def test_empty_model_directory_is_missing(tmp_path, makes_directory):
    """Nothing there, or no directory at all, needs one and the same command."""
    directory = tmp_path / "model"
    if makes_directory:
        directory.mkdir()

    found = inspect_model(directory)

    assert found.state == "missing"
    assert "ktts fetch-model" in found.detail


def test_interrupted_download_is_half_a_model(tmp_path):
    """Files without SOURCE.json, which is written last."""
    write_tiny_model(tmp_path)
    (tmp_path / "SOURCE.json").unlink()

    assert inspect_model(tmp_path).state == "half"


def test_changed_weights_of_the_right_size_are_damage(tmp_path):
    """A flipped byte passes the size check and not the checksum."""
    write_tiny_model(tmp_path)
    weights = tmp_path / "kokoro-v1_0.pth"
    weights.write_bytes(b"X" + weights.read_bytes()[1:])

    found = inspect_model(tmp_path)

    assert found.state == "damaged"
    assert "kokoro-v1_0.pth is damaged" in found.detail


def test_dead_server_is_reported_without_its_password():
    """A server that does not answer is a finding, and its password stays secret."""
    found = inspect_server("redis://worker:secret@127.0.0.1:1/0")

    assert not found.reachable
    assert found.url == "redis://127.0.0.1:1/0"
    assert "secret" not in found.detail


def test_wrong_address_is_reported():
    """An address that is none does not end in a traceback."""
    assert not inspect_server("http://localhost").reachable


def test_speed_of_the_last_job_is_read(tmp_path):
    """What a worker left behind comes back as it was measured."""
    record = {
        "device": "cpu",
        "real_time_factor": 0.25,
        "audio_seconds": 481.2,
        "at": "2026-08-01T03:00:00+00:00",
    }
    (tmp_path / "last-speed.json").write_text(json.dumps(record))

    assert read_speed(tmp_path) == MeasuredSpeed("cpu", 0.25, 481.2, "2026-08-01T03:00:00+00:00")


@pytest.mark.parametrize("content", ["{", "[]", '{"device": "cpu"}', None])
def test_unreadable_speed_counts_as_not_measured(tmp_path, content):
    """A torn or foreign record yields no figure at all."""
    if content is not None:
        (tmp_path / "last-speed.json").write_text(content)

    assert read_speed(tmp_path) is None
