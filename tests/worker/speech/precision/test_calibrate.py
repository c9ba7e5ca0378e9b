"""The ranges of int8: where values are clipped, and what that costs."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from worker.speech.fast.calibration import LARGEST_STEP
from worker.speech.fast.padding import round_up
from worker.speech.precision.calibrate import RangeRecorder


class Constants:
    """Stands for an activation's constants, which the recorder only tells apart."""


class PosedActivation:
    """Returns the rows that it is given."""

    name = "posed"

    def __call__(self, rows: torch.Tensor, *_: object) -> torch.Tensor:
        """See `Activation`."""
        return rows


def record(values: NDArray[np.float64], *, clips: bool, pieces: int = 1) -> NDArray[np.float64]:
    """Return the limits of (frames, channels) values that come in several pieces."""
    recorder, constants = RangeRecorder(PosedActivation()), Constants()
    for piece in np.array_split(values, pieces):
        rows = torch.from_numpy(piece).to(torch.bfloat16)[None]
        recorder(rows, round_up(rows.shape[1]), 1, None, constants)  # type: ignore[arg-type]
    return np.array(recorder.find_limits(constants, clips=clips))  # type: ignore[arg-type]


def find_error(values: NDArray[np.float64], limits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean square error of each channel in steps of a 127th of its limit."""
    steps = limits / LARGEST_STEP
    spoken = np.clip(np.round(values / steps), -LARGEST_STEP, LARGEST_STEP) * steps
    return np.square(spoken - values).mean(axis=0)


@pytest.mark.parametrize("seed", range(5))
def test_a_clipped_range_errs_less_than_any_other(seed: int) -> None:
    """However heavy the tail, and however large the values."""
    generator = np.random.default_rng(seed)
    values = generator.standard_t([[2.5, 3.0, 30.0]], size=(40_000, 3)) * 10.0 ** (seed - 2)
    values = np.hstack([values, generator.uniform(-1, 1, (40_000, 1))])

    limits = record(values, clips=True, pieces=3)

    peaks = np.abs(values).max(axis=0)
    least = np.min([find_error(values, peaks * share) for share in np.linspace(0.15, 1, 80)], 0)
    assert (find_error(values, limits) <= 1.1 * least).all()
    assert limits[0] < 0.98 * peaks[0]
    assert limits[3] > 0.95 * peaks[3]


def test_where_nothing_may_be_clipped_the_range_holds_the_largest() -> None:
    """One large value in thousands, in any piece, is inside the range."""
    values = np.random.default_rng(0).standard_normal((9_001, 2))
    values[4_000, 0], values[9_000, 1] = 50, -60

    limits = record(values, clips=False, pieces=4)

    assert limits == pytest.approx([50 * 1.02, 60 * 1.02], rel=0.01)


def test_a_silent_channel_has_a_range_of_nothing() -> None:
    """Values of zero have no error, and no limit is looked for."""
    assert record(np.zeros((100, 3)), clips=True).tolist() == [0, 0, 0]
