"""How long tensors are: the frames that count, and lengths that are rounded up to a few.

oneDNN prepares a convolution for every length that it has not seen lately, which for a whole chunk
takes as long as a tenth of the speaking. With lengths in steps it has soon seen them all.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

SAMPLES_PER_FRAME = 600
"""What one step of predicted duration sounds like: 25 ms, 2 x 10 x 6 x 5 samples by upsampling."""
PRIMITIVES = 2048
"""What oneDNN is to keep: some 40 lengths, 5 MB each. By itself it keeps 1024, and a chapter whose
lengths are not among them is spoken 3 % slower."""
STEP = 12
"""Of frames before the decoder, 25 ms each: computes 1.5 % more than needed on usual chunks. A book
has 50 lengths in such steps and 75 in steps of 8, with little gained."""


@dataclass(frozen=True, slots=True)
class Padding:
    """How many frames there are, and among how many rows."""

    frames: int
    """They come first; what lies in the rows after them is never read."""
    length: int
    """Rows, all phases together."""

    def times(self, factor: int) -> Padding:
        """Return the padded after an upsampling."""
        return Padding(self.frames * factor, self.length * factor)

    def plus(self, more: int) -> Padding:
        """Return the padded with some frames, and as many rows, more."""
        return Padding(self.frames + more, self.length + more)


def keep_primitives() -> None:
    """Have oneDNN remember more lengths; to be called before its first work."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(PRIMITIVES))


def round_up(frames: int, step: int = STEP) -> Padding:
    """Give `frames` the next length that is a multiple of `step`."""
    return Padding(frames, -(-frames // step) * step)


def pad_rows(rows: torch.Tensor, padded: Padding) -> torch.Tensor:
    """Return rows (1, length, channels), contiguous, for (1, frames, channels); zeros follow."""
    missing = padded.length - rows.shape[1]
    return torch.nn.functional.pad(rows, (0, 0, 0, missing)).contiguous()
