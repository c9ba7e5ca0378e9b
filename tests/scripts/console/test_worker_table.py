"""The workers as a person sees them."""

from __future__ import annotations

from dataclasses import replace

from jobs.queue.overview import WorkerInfo
from scripts.console.tables import WORKER_HEADER, list_workers
from tests.scripts.console.test_progress import make_facts

CPU = WorkerInfo(
    name="w1",
    state="busy",
    hostname="node-1",
    queues=("default",),
    device="cpu",
    card="",
    host_bytes=1_900_000_000,
    accelerator_bytes=0,
)
CARD = replace(
    CPU,
    name="3f2a9c1b" + "0" * 24,
    state="idle",
    device="cuda:1",
    card="GPU-7",
    accelerator_bytes=850_000_000,
)


def test_a_worker_is_shown_with_its_job_speed_and_memory() -> None:
    """One row tells who speaks what, where, how fast and how far it is."""
    [row] = list_workers([CPU], [make_facts()])

    assert dict(zip(WORKER_HEADER, row, strict=True)) == {
        "worker": "node-1 w1",
        "state": "busy",
        "device": "cpu",
        "memory": "1.9 GB",
        "speed": "4.0x real time",
        "done": " 50%",
        "job": "one.wav",
    }


def test_those_at_work_come_first() -> None:
    """Whoever looks wants to see what runs."""
    first, second = list_workers([CARD, CPU], [make_facts()])

    assert first[0] == "node-1 w1"
    assert second == ("node-1 3f2a9c1b", "idle", "cuda:1", "1.9 GB + 0.8 GB", "", "", "")


def test_a_worker_that_loads_its_model_has_no_device_yet() -> None:
    """Nothing is guessed."""
    starting = replace(CPU, state="starting", device="", host_bytes=0)

    assert list_workers([starting], [])[0][2:4] == ("...", "")
