from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.gpu import parcels
from tests.gpu.parcels import VOICES, find_missing, join_parcels, open_parcels, write_parcels
from worker.speech.model.tensors import load_state, save_state, save_voice
from worker.speech.model.weights import (
    CONFIG_NAME,
    DEQUANTIZED,
    WEIGHTS_NAME,
    ModelSource,
    check_model,
    describe_file,
    find_damage,
    voice_path,
    write_source,
)

GENERATOR = np.random.default_rng(0)
STATE = {
    "decoder.int8": (GENERATOR.integers(-127, 128, (64, 32)) * np.float32(0.0123)),
    "decoder.dense": GENERATOR.standard_normal((64, 32)),
    "bert.bias": np.zeros(8),
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return a model directory with a few parameters, two voices, and one that stays behind."""
    directory = tmp_path / "whole"
    (directory / "voices").mkdir(parents=True)
    (directory / CONFIG_NAME).write_text("{}")
    save_state({name: v.astype(np.float32) for name, v in STATE.items()}, directory / WEIGHTS_NAME)
    voices = [voice_path(name) for name in (*VOICES, "bm_george")]
    for path in voices:
        save_voice(GENERATOR.standard_normal((510, 1, 256)).astype(np.float32), directory / path)
    files = [
        describe_file(directory, path, origin="test", version="1")
        for path in (CONFIG_NAME, WEIGHTS_NAME, *voices)
    ]
    write_source(directory, ModelSource(DEQUANTIZED, "posed", tuple(files)))
    return directory


def test_a_model_arrives_bit_for_bit(model: Path, tmp_path: Path, monkeypatch) -> None:
    """Parcels below the limit are opened to the same parameters and a directory that is whole."""
    monkeypatch.setattr(parcels, "find_missing", lambda wheels: [])
    staging, there = tmp_path / "staging", tmp_path / "there"
    there.mkdir()
    parcels.shrink_model(model, staging / "model")

    written = list(write_parcels(staging, there, limit=500_000))
    shutil.rmtree(staging)
    open_parcels(there)

    opened = there / "open" / "model"
    before, after = load_state(model / WEIGHTS_NAME), load_state(opened / WEIGHTS_NAME)
    assert len(written) > 1
    assert max(parcel.stat().st_size for parcel in written) <= 500_000
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert check_model(opened).voices == VOICES
    assert list(find_damage(opened)) == []


def test_a_missing_parcel_is_named(tmp_path: Path) -> None:
    """Parcels travel one by one, so one may not have arrived."""
    (tmp_path / "staging" / "wheels").mkdir(parents=True)
    first, *_ = write_parcels(tmp_path / "staging", tmp_path, limit=4_000)
    first.unlink()

    with pytest.raises(SystemExit, match=first.name):
        join_parcels(tmp_path)


def test_only_packages_that_are_missing_are_installed(tmp_path: Path) -> None:
    """The machine's own numpy stays; a package that it lacks comes from its wheel."""
    names = ("numpy-1.0-py3-none-any.whl", "no_such_package-1.0-py3-none-any.whl")
    wheels = [tmp_path / name for name in names]

    assert list(find_missing(wheels)) == [wheels[1]]


def test_wheels_are_those_of_the_base_install_and_the_network() -> None:
    """The doctor and the network are imported there, and neither needs the G2P packages."""
    names = parcels.find_requirements()

    assert {"kokoro", "loguru", "numpy", "pydantic-core", "redis", "rq"} <= names
    assert names.isdisjoint({"torch", "misaki", "transformers", "spacy"})
