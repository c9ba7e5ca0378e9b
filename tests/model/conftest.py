"""The real model, fetched once into the user's cache."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from scripts.commands.fetch_model import fetch_model
from worker.engine import Engine
from worker.settings import WorkerSettings
from worker.speech.kokoro import KokoroSynthesizer, load_engine

log = logging.getLogger(__name__)


@pytest.fixture(scope="session")
def model(model_dir: Path) -> Path:
    """Return the model directory, whole."""
    fetch_model(model_dir, "auto", log.info)
    return model_dir


@pytest.fixture(scope="session")
def engine(model: Path) -> Engine:
    """Return the engine on the CPU with two threads in fp32, loaded once for all tests."""
    return load_engine(WorkerSettings(device="cpu", model_dir=model, threads=2, precision="fp32"))


@pytest.fixture(scope="session")
def kokoro(engine: Engine) -> KokoroSynthesizer:
    """Return the real synthesizer."""
    assert isinstance(engine.synthesizer, KokoroSynthesizer)
    return engine.synthesizer
