from __future__ import annotations

import pytest
import torch

from worker.speech.fast.padding import STEP, Padding, keep_primitives, pad_rows, round_up


@pytest.mark.parametrize("frames", [1, 7, 8, 9, 640])
def test_lengths_come_in_steps(frames: int) -> None:
    """The next multiple: never shorter than the frames, and less than a step longer."""
    padded = round_up(frames)

    assert padded.frames == frames
    assert padded.length % STEP == 0
    assert 0 <= padded.length - frames < STEP


def test_an_upsampling_keeps_frames_and_rows_apart() -> None:
    """Both grow by the factor; a frame in front is one more of each."""
    assert Padding(9, 16).times(10).plus(1) == Padding(91, 161)


def test_padding_keeps_the_frames_and_adds_zeros() -> None:
    """The result is contiguous, whatever the rows were."""
    rows = torch.randn(1, 4, 9).transpose(1, 2)

    padded = pad_rows(rows, Padding(9, 16))

    assert padded.is_contiguous()
    assert torch.equal(padded[:, :9], rows)
    assert not padded[:, 9:].any()


def test_the_operators_number_of_primitives_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the environment stays there."""
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "7")
    keep_primitives()

    import os

    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "7"
