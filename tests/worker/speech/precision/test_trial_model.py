"""The card's side of the trial on the real weights; ``cpu:0`` poses as a card."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from worker.speech.fast import half
from worker.speech.precision import trial_child
from worker.speech.precision.trial import Trial, TrialCandidate, TrialVerdict, run_trial

pytestmark = pytest.mark.model


@pytest.mark.filterwarnings("ignore:In CPU autocast")
def test_the_cards_network_passes_the_cards_trial(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child builds the network that a card would run, and that one says what fp32 says."""
    # Processors without bf16 emulate it a hundred times slower, so autocast is left without a type.
    monkeypatch.setitem(half._DTYPES, "bf16", torch.float32)
    monkeypatch.setattr(trial_child, "PHRASE", "fˈɑks.")
    bf16 = TrialCandidate("bf16", "bf16", "fp32")

    reference, candidate = trial_child._prepare(Trial(str(model), 2, (bf16,), "cpu:0"))

    assert trial_child.find_difference(reference(), candidate()) == ""


def test_a_precision_that_the_card_does_not_know_fails_its_trial(model: Path) -> None:
    """An error in the child is a verdict, and the parent lives."""
    unknown = TrialCandidate("bf8", "bf8", "fp32")

    verdicts = run_trial(Trial(str(model), 2, (unknown,), "cpu:0"))

    assert verdicts == [TrialVerdict(0, "ended with 1: KeyError: 'bf8'")]
