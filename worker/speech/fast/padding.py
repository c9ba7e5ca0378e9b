"""Rounds the lengths of tensors up, so that only few different lengths occur.

oneDNN prepares a convolution for every length that is not in its cache, which costs a chunk of a
new length a tenth of its time. With lengths in steps all of them are soon in the cache.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

SAMPLES_PER_FRAME = 600
"""Samples of one frame of predicted duration: 25 ms, upsampled by 2 x 10 x 6 x 5."""
PRIMITIVES = 2048
"""Size of oneDNN's cache: about 40 lengths of 5 MB. With its default of 1024 the lengths of a
chapter may not fit, which costs 3 % of its time."""
STEP = 12
"""Frames of 25 ms, before the decoder: usual chunks compute 1.5 % more than they need. A book then
has 50 different lengths; in steps of 8 it has 75, and saves little."""


@dataclass(frozen=True, slots=True)
class Padding:
    """How many rows a tensor has, and how many of them are frames."""

    frames: int
    """The first rows; the results of the rows after them are never read."""
    length: int
    """Rows of all phases together."""

    def times(self, factor: int) -> Padding:
        """Return the padding after an upsampling by `factor`."""
        return Padding(self.frames * factor, self.length * factor)

    def plus(self, more: int) -> Padding:
        """Return the padding with `more` frames and as many more rows."""
        return Padding(self.frames + more, self.length + more)


def keep_primitives() -> None:
    """Enlarge oneDNN's cache; has no effect after its first computation."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(PRIMITIVES))


def round_up(frames: int, step: int = STEP) -> Padding:
    """Pad `frames` to the next multiple of `step`."""
    return Padding(frames, -(-frames // step) * step)


def pad_rows(rows: torch.Tensor, padded: Padding) -> torch.Tensor:
    """Append zeros to rows (1, frames, channels); return contiguous (1, length, channels)."""
    missing = padded.length - rows.shape[1]
    return torch.nn.functional.pad(rows, (0, 0, 0, missing)).contiguous()
