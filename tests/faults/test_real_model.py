"""One run with the real model: killed three times, the bytes are those of an undisturbed run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.faults.kills import run_kills
from tests.faults.processes import Stable

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

TEXT = (
    "The lamp was dark.\n\nAda walked out.\n\nIt smelt of salt.\n\nShe struck a match.\n\n"
    "It lit the stairs.\n"
)
"""Five chunks: each paragraph ends one."""

ENVIRONMENT = {
    "KTTS_DEVICE": "cpu",
    "KTTS_PRECISION": "int8",  # named, so that no trial is made whose outcome hangs on the load
}


def test_a_chapter_killed_three_times(
    stable: Stable, model_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Model process, worker and server are killed in mid-chunk; each costs one chunk at most."""
    report = run_kills(TEXT, stable, KTTS_MODEL_DIR=str(model_dir), **ENVIRONMENT)

    with capsys.disabled():
        print(f"\n{json.dumps(asdict(report))}")
    assert report.sha256 == report.undisturbed_sha256
    assert (report.chunks, len(report.kills)) == (5, 3)
    assert report.redone <= 2  # the server's death interrupts no chunk
    assert stable.chunks_made_twice() == []
    assert stable.files_made_twice() == []
    stable.assert_tidy()
