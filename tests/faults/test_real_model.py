"""One run with the real model: killed three times, the bytes are those of an undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.journal import journal_dir, read_journal
from jobs.speech import SpeechRequest
from tests.conftest import Server, eventually
from tests.faults.processes import Process, Stable, kill_horse

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]

LOAD_SECONDS = 200.0

CHAPTER = """\
The lamp at the end of the pier had been dark for eleven nights.

On the twelfth, a girl named Ada walked out along the planks.

The wind was from the west, and it carried salt.

Nobody sat beneath the lamp, and nobody had lit it.

She struck a match.
"""
"""Five chunks: each paragraph ends one."""


def _worker(stable: Stable, model_dir: Path) -> Process:
    worker = stable.worker(
        ready=False,
        KTTS_SYNTHESIZER="worker.speech.kokoro:load_engine",
        KTTS_MODEL_DIR=str(model_dir),
        KTTS_DEVICE="cpu",
    )
    eventually(lambda: stable.state_of(worker) in {"idle", "busy"}, LOAD_SECONDS)
    return worker


def test_a_chapter_killed_three_times(
    stable: Stable, model_dir: Path, tmp_path: Path, short_dir: Path
) -> None:
    """Worker, model process and server are killed in mid-chapter; only cut chunks are redone."""
    stable.janitor()
    worker = _worker(stable, model_dir)
    job = stable.queue.submit(SpeechRequest(text=CHAPTER))

    def chunks() -> int:
        journal = read_journal(journal_dir(stable.settings.work_dir, job.id))
        return len(journal.lines) if journal else 0

    eventually(lambda: chunks() >= 1, LOAD_SECONDS)
    kill_horse(worker)
    eventually(lambda: chunks() >= 2, LOAD_SECONDS)
    worker.kill()
    _worker(stable, model_dir)
    eventually(lambda: chunks() >= 3, LOAD_SECONDS)
    stable.server.restart()
    killed = job.wait(LOAD_SECONDS)

    calm_server = Server(short_dir)
    calm_server.start()
    calm = Stable(calm_server, tmp_path / "calm-run")
    try:
        _worker(calm, model_dir)
        undisturbed = calm.queue.submit(SpeechRequest(text=CHAPTER)).wait(LOAD_SECONDS)
    finally:
        calm.close()
        calm_server.kill()

    assert killed.sha256 == undisturbed.sha256
    assert (killed.chunks, killed.mixed) == (undisturbed.chunks, False)
    assert killed.chunks == 5
