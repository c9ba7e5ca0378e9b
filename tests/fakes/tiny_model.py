"""A model directory that is whole by its records and holds no model: for checks of files alone."""

from __future__ import annotations

from pathlib import Path

from worker.speech.model.weights import (
    ORIGINAL,
    ModelSource,
    describe_file,
    voice_path,
    write_source,
)


def write_tiny_model(directory: Path) -> Path:
    """Write config, weights, one voice and their records; return `directory`."""
    paths = ("config.json", "kokoro-v1_0.pth", voice_path("af_heart"))
    files = []
    for path in paths:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(f"stand-in for {path}")
        files.append(describe_file(directory, path, origin="test", version="1"))
    write_source(directory, ModelSource(ORIGINAL, "stand-in", tuple(files)))
    return directory
