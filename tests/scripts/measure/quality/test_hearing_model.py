"""What is spoken can be understood: Whisper reads it back."""

from __future__ import annotations

import logging

import pytest

from scripts.measure.quality.quality_sentences import Reading
from scripts.measure.quality.recogniser import open_ear
from scripts.measure.quality.recordings import record, write_scripts
from scripts.measure.quality.scores import examine, summarize
from worker.engine import Engine

pytestmark = pytest.mark.model

log = logging.getLogger(__name__)

SENTENCE = "The old clock in the kitchen stopped at half past ten, and nobody wound it again."


def test_a_sentence_is_read_back(engine: Engine) -> None:
    """At most one of sixteen words is heard wrong, and nothing of the text is missing."""
    [script] = write_scripts([Reading("fiction", "af_heart", SENTENCE)], engine)
    finding = examine(script, record(script, engine), open_ear(log.info, threads=2))
    summary = summarize([finding])

    assert finding.errors is not None
    assert finding.errors.words == 16
    assert finding.errors.errors <= 1, finding.heard
    assert summary["covered"]
    assert summary["unspoken"] == []
    assert 3 < summary["audio_seconds"] < 8
    assert summary["longest_silence_seconds"] < 0.8
    assert summary["clipped_share"] == 0.0
