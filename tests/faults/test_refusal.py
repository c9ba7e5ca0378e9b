"""Workers that cannot have their model: they say why and end, and are no trouble until then."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.conftest import eventually
from tests.faults.processes import Stable

BROKEN = {"KTTS_SYNTHESIZER": "tests.faults.broken:load_engine"}


def test_a_missing_model_ends_the_worker_before_anything_heavy(
    stable: Stable, tmp_path: Path
) -> None:
    """The reason is said without PyTorch, without a server and without a pause."""
    worker = stable.worker(
        ready=False,
        KTTS_SYNTHESIZER="worker.speech.kokoro:load_engine",
        KTTS_MODEL_DIR=str(tmp_path / "nowhere"),
        KTTS_REDIS_URL="redis://127.0.0.1:1/0",
        KTTS_REFUSAL_PAUSE_SECONDS="300",
        PYTHONPROFILEIMPORTTIME="1",  # a line for each module, also in a model process
    )

    assert worker.wait() == 78

    lines = worker.log.splitlines()
    assert lines[-1].startswith("ktts worker: the model directory")
    assert "run `ktts fetch-model`" in lines[-1]
    assert {line.split()[-1] for line in lines} & {
        "torch",
        "worker.supervision.model_main",
    } == set()


def test_a_worker_that_is_refused_pauses_where_told(stable: Stable) -> None:
    """It gives its reason, is known as starting, and a stop signal ends the pause with code 78."""
    worker = stable.worker(ready=False, KTTS_REFUSAL_PAUSE_SECONDS="300", **BROKEN)

    eventually(lambda: "3 times in a row" in worker.log)

    assert "; ending in 300 s" in worker.log
    check = stable.start("-m", "worker.health")
    assert check.wait() == 1
    assert "model: not loaded yet" in check.log
    assert worker.is_running
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 78


def test_the_pause_of_a_refused_worker_ends_by_itself(stable: Stable) -> None:
    """After it the worker ends as it would have at once."""
    worker = stable.worker(ready=False, KTTS_REFUSAL_PAUSE_SECONDS="0.2", **BROKEN)

    assert worker.wait() == 78

    assert "; ending in 0.2 s" in worker.log
    assert worker.log.splitlines()[-1].startswith("ktts worker: the model process")
