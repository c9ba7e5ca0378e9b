from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from worker.speech.fast.lstm import replace_lstms

LENGTHS = """
import torch
from worker.speech.fast.lstm import replace_lstms

part = torch.nn.Sequential(torch.nn.LSTM(24, 8, batch_first=True, bidirectional=True)).eval()
replace_lstms(part)
with torch.inference_mode():
    for steps in (15, 16, 2, 9):
        part[0](torch.randn(1, steps, 24))
"""


def _make_part() -> torch.nn.ModuleDict:
    torch.manual_seed(7)
    lstm = torch.nn.LSTM(24, 8, batch_first=True, bidirectional=True)
    return torch.nn.ModuleDict({"inner": torch.nn.ModuleList([lstm, torch.nn.Tanh()])}).eval()


@pytest.mark.parametrize("steps", [1, 2, 15, 16, 17, 100, 333])
def test_it_is_the_lstm_that_it_stands_in_for(steps: int) -> None:
    """The same bytes at every length, also one that is no multiple of a step."""
    part = _make_part()
    lstm = part["inner"][0]
    states = torch.randn(1, steps, 24)

    with torch.inference_mode():
        expected, _ = lstm(states)
        replace_lstms(part)
        found, last = part["inner"][0](states)

    assert torch.equal(found, expected)
    assert last is None


def test_only_lstms_are_replaced() -> None:
    """Also those inside lists; what is no LSTM stays the object it was."""
    part = _make_part()
    lstm, other = part["inner"]

    replace_lstms(part)

    assert part["inner"][0] is not lstm
    assert part["inner"][1] is other


def test_what_was_replaced_stays() -> None:
    """A network that is prepared twice, as calibration does, is as good as one prepared once."""
    part = _make_part()
    states = torch.randn(1, 20, 24)

    with torch.inference_mode():
        expected, _ = part["inner"][0](states)
        replace_lstms(part)
        replace_lstms(part)
        found, _ = part["inner"][0](states)

    assert torch.equal(found, expected)


def test_lengths_in_one_step_are_prepared_once() -> None:
    """Both directions share one preparation, as oneDNN traces it; so do neighbouring lengths."""
    if not torch.backends.mkldnn.is_available():
        pytest.skip("PyTorch has no oneDNN here")
    ended = subprocess.run(
        [sys.executable, "-c", LENGTHS],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ONEDNN_VERBOSE": "2"},
    )
    prepared = [line for line in ended.stdout.splitlines() if "cache_miss,cpu,rnn" in line]

    assert len(prepared) == 1
