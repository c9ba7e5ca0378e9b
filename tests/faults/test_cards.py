"""Several workers on several cards: each claims one, and death gives it back."""

from __future__ import annotations

import os
import signal
from collections import Counter

import pytest

from jobs.queue import keys
from jobs.queue.connection import as_text
from tests.conftest import eventually
from tests.faults.processes import Process, Stable, make_request
from worker.supervision.heartbeat import LEASE_SECONDS


def start(stable: Stable, cards: str, **environment: str) -> Process:
    """Start a worker on a machine with these cards, and wait until it is ready."""
    return stable.worker(
        KTTS_SYNTHESIZER="tests.faults.carded:load_engine", KTTS_POSED_CARDS=cards, **environment
    )


def fact(stable: Stable, process: Process, name: str) -> str:
    """Return a field of a worker's record, or an empty text."""
    value = stable.connection.hget(keys.worker(stable.name_of(process)), name)
    return as_text(value or "")


def cards_of(stable: Stable, *processes: Process) -> list[str]:
    """Return the card that each worker has claimed."""
    return [fact(stable, process, "card") for process in processes]


def test_replicas_spread_over_the_cards(stable: Stable) -> None:
    """Four workers on two cards: two each, and a job's result names the worker's own card."""
    workers = [start(stable, "GPU-a,GPU-b") for _ in range(4)]

    assert Counter(cards_of(stable, *workers)) == {"GPU-a": 2, "GPU-b": 2}
    job = stable.queue.submit(make_request(1))
    device = job.wait(60).device
    assert device in {"cuda:0", "cuda:1"}
    assert {fact(stable, worker, "device") for worker in workers} == {"cuda:0", "cuda:1"}


def test_the_same_card_under_another_number_is_the_same_card(stable: Stable) -> None:
    """Containers that count their cards otherwise still share them evenly."""
    first = start(stable, "GPU-a,GPU-b")
    second = start(stable, "GPU-a")
    third = start(stable, "GPU-b,GPU-a")

    assert cards_of(stable, first, second, third) == ["GPU-a", "GPU-a", "GPU-b"]
    assert fact(stable, third, "device") == "cuda:0"


def test_a_killed_worker_gives_its_card_back(stable: Stable) -> None:
    """After kill -9 the claim ends with the heartbeat, and the next worker takes that card."""
    first, second = start(stable, "GPU-a,GPU-b"), start(stable, "GPU-a,GPU-b")
    [lost] = cards_of(stable, first)
    record = keys.worker(stable.name_of(first))

    first.kill()
    eventually(lambda: not stable.connection.exists(record), LEASE_SECONDS + 2)
    third = start(stable, "GPU-a,GPU-b")

    assert cards_of(stable, second, third) == [
        {"GPU-a": "GPU-b", "GPU-b": "GPU-a"}[lost],
        lost,
    ]


def test_a_worker_that_ends_gives_its_card_back_at_once(stable: Stable) -> None:
    """A replica that is replaced leaves its card to the one that comes after it."""
    first, _second = start(stable, "GPU-a,GPU-b"), start(stable, "GPU-a,GPU-b")
    [card] = cards_of(stable, first)

    first.signal(signal.SIGTERM)
    assert first.wait() == 0

    assert cards_of(stable, start(stable, "GPU-a,GPU-b")) == [card]


def test_a_claim_outlives_a_server_that_forgets(stable: Stable) -> None:
    """A heartbeat enters the claim anew, so that a flushed server gives nobody a card twice."""
    first = start(stable, "GPU-a,GPU-b")
    [card] = cards_of(stable, first)

    stable.connection.flushall()
    eventually(lambda: cards_of(stable, first) == [card])
    second = start(stable, "GPU-a,GPU-b")

    assert cards_of(stable, second) != [card]


@pytest.mark.parametrize("mark", ["!", "?"], ids=["fails-its-proof", "too-full-for-the-model"])
def test_a_card_that_fails_is_left_out_with_its_reason(stable: Stable, mark: str) -> None:
    """The next best card is claimed instead, and the log says why the first is not."""
    workers = [start(stable, f"GPU-bad{mark},GPU-b,GPU-c") for _ in range(2)]

    assert sorted(cards_of(stable, *workers)) == ["GPU-b", "GPU-c"]
    reason = {"!": "no kernel image", "?": "not enough free memory"}[mark]
    assert "left out: NVIDIA GeForce RTX 3060 (cuda:0" in workers[0].log
    assert reason in workers[0].log


def test_where_every_card_fails_the_cpu_works_and_claims_nothing(stable: Stable) -> None:
    """A worker on the CPU does not keep the others from a card that it cannot use."""
    worker = start(stable, "GPU-a!")

    assert fact(stable, worker, "device") == "cpu"
    assert cards_of(stable, worker) == [""]


def test_a_named_card_is_taken_and_counted(stable: Stable) -> None:
    """KTTS_DEVICE=cuda:N is never moved; those who may choose go elsewhere."""
    named = [start(stable, "GPU-a,GPU-b", KTTS_DEVICE="cuda:1") for _ in range(2)]
    free = start(stable, "GPU-a,GPU-b")

    assert cards_of(stable, *named, free) == ["GPU-b", "GPU-b", "GPU-a"]


def test_a_new_model_process_stays_on_its_worker_s_card(stable: Stable) -> None:
    """A model process that dies is replaced on the card that its worker holds."""
    first, second = start(stable, "GPU-a,GPU-b"), start(stable, "GPU-a,GPU-b")
    before = cards_of(stable, first, second)

    for worker in (first, second):
        pid = worker.model_process()
        os.kill(pid, signal.SIGKILL)
        eventually(lambda worker=worker: worker.log.count("is ready on") == 2)

    assert cards_of(stable, first, second) == before
