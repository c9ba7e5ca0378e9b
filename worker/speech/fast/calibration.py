"""Reads and writes ``calibration.json`` of the model directory: the ranges of the model's values.

An int8 convolution needs the range of each input channel in advance. `calibrate`
measures them over all voices and languages; SOURCE.json records the file's sha256. Without the
file, or with one for other weights, int8 is not used.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from jobs.errors import StartupError
from worker.speech.model.weights import (
    CALIBRATION_NAME,
    CALIBRATION_VERSION,
    ModelSource,
    describe_file,
    write_source,
)

MAX_BLOCK_ERROR = 0.01
"""Largest noise power of int8 over a block's signal power; a block above it stays in bf16.

0.01 is 20 dB below the signal. In Kokoro-82M the noise of all blocks is 24 to 54 dB below it.
"""

LARGEST_STEP = 127
_SMALLEST_SCALE = 1e-6


@dataclass(frozen=True, slots=True)
class BlockRange:
    """Measurements of one block."""

    limits: tuple[tuple[float, ...], ...]
    """Magnitude per channel at which values are clipped, for its convolutions in order."""
    error: float
    """Noise power of int8 over the power of the result, or of what a residual block adds."""

    @property
    def is_int8(self) -> bool:
        """True if the int8 error is acceptable."""
        return self.error <= MAX_BLOCK_ERROR

    @property
    def scales(self) -> list[torch.Tensor]:
        """Size of one int8 step of each channel, float32 (channels,), per convolution."""
        return [
            (torch.tensor(limit) / LARGEST_STEP).clamp(min=_SMALLEST_SCALE) for limit in self.limits
        ]


@dataclass(frozen=True, slots=True)
class Calibration:
    """The ranges of all blocks, for one set of weights."""

    blocks: Mapping[str, BlockRange]
    sha256: str
    """Checksum of the file; the bytes of the audio depend on it."""

    @property
    def scales(self) -> dict[str, list[torch.Tensor]]:
        """The scales of the blocks that run in int8, by block."""
        return {name: block.scales for name, block in self.blocks.items() if block.is_int8}

    @property
    def dropped(self) -> tuple[str, ...]:
        """The blocks that stay in bf16."""
        return tuple(name for name, block in self.blocks.items() if not block.is_int8)


def load_calibration(directory: Path, source: ModelSource) -> Calibration | None:
    """Read the calibration of these weights; None where there is none.

    Raises:
        StartupError: the file is there and cannot be used.
    """
    file = source.find(CALIBRATION_NAME)
    if file is None:
        return None
    path = directory / CALIBRATION_NAME
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["version"] != CALIBRATION_VERSION or record["weights"] != source.weights_sha256:
            return None
        blocks = {
            name: BlockRange(tuple(tuple(limit) for limit in block["limits"]), block["error"])
            for name, block in record["blocks"].items()
        }
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise StartupError(
            f"{path} cannot be read ({exc!r}); delete it and run `ktts fetch-model`"
        ) from exc
    return Calibration(blocks, file.sha256)


def save_calibration(
    directory: Path, source: ModelSource, blocks: Mapping[str, BlockRange], origin: str
) -> ModelSource:
    """Write the ranges and record them in SOURCE.json; return the new source."""
    record = {
        "version": CALIBRATION_VERSION,
        "weights": source.weights_sha256,
        "blocks": {
            name: {
                "error": round(block.error, 6),
                "limits": [list(limit) for limit in block.limits],
            }
            for name, block in blocks.items()
        },
    }
    unfinished = directory / f".{CALIBRATION_NAME}"
    unfinished.write_text(json.dumps(record) + "\n", encoding="utf-8")
    unfinished.replace(directory / CALIBRATION_NAME)
    entry = describe_file(
        directory, CALIBRATION_NAME, origin=origin, version=str(CALIBRATION_VERSION)
    )
    others = tuple(file for file in source.files if file.path != CALIBRATION_NAME)
    source = replace(source, files=(*others, entry))
    write_source(directory, source)
    return source
