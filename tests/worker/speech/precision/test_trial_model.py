"""The trial's child on the real weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.speech.precision.trial import Trial, TrialCandidate, run_trial

pytestmark = pytest.mark.model


def test_a_cards_trial_judges_half_precision(model: Path) -> None:
    """``cpu:0`` poses as a card: the child takes the card's network there, and it sounds right."""
    half = TrialCandidate("bf16", "bf16", "fp32")
    unknown = TrialCandidate("bf8", "bf8", "fp32")

    (verdict,) = run_trial(Trial(str(model), 2, (half,), "cpu:0"))
    (failed,) = run_trial(Trial(str(model), 2, (unknown,), "cpu:0"))

    assert verdict.fault == ""
    assert verdict.speedup > 0
    assert failed.fault == "ended with 1: KeyError: 'bf8'"
