"""The card's side of the trial on the real weights; ``cpu:0`` poses as a card."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.speech.precision import trial_child
from worker.speech.precision.trial import Trial, TrialCandidate, TrialVerdict, run_trial

pytestmark = pytest.mark.model


def test_half_precision_passes_the_cards_trial(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child builds the card's network, and that one says what fp32 says."""
    monkeypatch.setattr(trial_child, "TRIAL_SECONDS", 0)  # no alarm: bf16 is emulated here
    monkeypatch.setattr(trial_child, "PHRASE", "fˈɑks.")
    half = TrialCandidate("bf16", "bf16", "fp32")

    reference, candidate = trial_child._prepare(Trial(str(model), 2, (half,), "cpu:0"))

    assert trial_child.find_difference(reference(), candidate()) == ""


def test_a_precision_that_the_card_does_not_know_fails_its_trial(model: Path) -> None:
    """An error in the child is a verdict, and the parent lives."""
    unknown = TrialCandidate("bf8", "bf8", "fp32")

    verdicts = run_trial(Trial(str(model), 2, (unknown,), "cpu:0"))

    assert verdicts == [TrialVerdict(0, "ended with 1: KeyError: 'bf8'")]
