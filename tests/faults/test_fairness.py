"""Owners beside each other: turns and bounds hold with real processes, and after kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from jobs import SpeechQueue, SpeechRequest
from jobs.errors import OwnerQueueFull
from jobs.queue import keys, lua_calls
from tests.conftest import eventually
from tests.faults.processes import Stable

BURST = """
import sys
from jobs import QueueFull, SpeechQueue, SpeechRequest
queue, taken = SpeechQueue(owner=sys.argv[1]), 0
sys.stdin.read(1)
for number in range(40):
    try:
        queue.submit(SpeechRequest(text=f"{sys.argv[2]} {number}"), queue="bulk")
        taken += 1
    except QueueFull:
        pass
print(taken)
"""


def _submit(stable: Stable, owner: str, count: int) -> list[str]:
    requests = [SpeechRequest(text=f"{owner} says {n}.", owner=owner) for n in range(count)]
    return [job.id for job in stable.queue.submit_many(requests, queue="bulk")]


def test_another_owners_first_job_starts_before_the_sixth_of_many(stable: Stable) -> None:
    """T15: of 30 jobs of one owner no more than five begin before the first of another's three."""
    stable.worker(pace=0.05)
    many = _submit(stable, "ann", 30)
    few = _submit(stable, "ben", 3)

    for job_id in few:
        stable.queue.job(job_id).wait(60)

    begun = list(dict.fromkeys(made.job_id for made in stable.made("chunk")))
    assert begun.index(few[0]) <= 5
    assert begun.index(few[2]) <= 9
    assert set(begun) <= {*many, *few}


def test_bounds_of_an_owner_hold_under_a_burst(stable: Stable) -> None:
    """Three processes at once get no more than the bound into the queue; others are not met."""
    environment = os.environ | stable.environment | {"KTTS_OWNER_MAX_QUEUED_JOBS": "50"}
    producers = [
        subprocess.Popen(
            [sys.executable, "-c", BURST, owner, str(number)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for number, owner in enumerate(["ann"] * 3 + ["ben"])
    ]
    taken = [int(producer.communicate(b"x", timeout=60)[0]) for producer in producers]

    assert sum(taken[:3]) == 50
    assert taken[3] == 40
    loads = stable.queue.overview().owners
    assert (loads["ann"].waiting_jobs, loads["ben"].waiting_jobs) == (50, 40)


def test_counts_are_right_after_everybody_was_killed(stable: Stable) -> None:
    """Worker killed in mid-job, counts forged, jobs put back: the janitor leaves the truth."""
    worker = stable.worker(pace=0.5)
    ids = _submit(stable, "ann", 4) + _submit(stable, "ben", 2)
    eventually(lambda: stable.made("chunk"))
    worker.kill()
    stable.connection.hset(keys.OWNERS, mapping={"jobs|ann": 99, "running|ben": 7})
    stable.connection.delete(keys.turns(keys.rq_name("bulk")))

    stable.janitor()
    eventually(lambda: stable.connection.hlen(keys.HELD) == 0, 60)
    lua_calls.recount(stable.connection, is_written=True)

    loads = stable.queue.overview().owners
    assert sum(load.waiting_jobs for load in loads.values()) == len(
        [job_id for job_id in ids if not stable.queue.job(job_id).status().is_terminal]
    )
    assert not any(load.running_jobs for load in loads.values())
    stable.worker()
    for job_id in ids:
        stable.queue.job(job_id).wait(60)
    assert stable.connection.exists(keys.OWNERS, keys.turns(keys.rq_name("bulk"))) == 0
    assert stable.files_made_twice() == []


def test_a_producer_that_is_killed_leaves_whole_jobs(stable: Stable) -> None:
    """Killed while it submits: what is in the queue is counted, and nothing else."""
    endless = BURST.replace("range(40)", "range(10**6)")
    producer = subprocess.Popen(
        [sys.executable, "-c", endless, "ann", "x"],
        env=os.environ | stable.environment,
        stdin=subprocess.PIPE,
    )
    assert producer.stdin is not None
    producer.stdin.write(b"x")
    producer.stdin.close()
    eventually(lambda: stable.queue.overview().owners)
    producer.send_signal(signal.SIGKILL)
    producer.wait()

    before = stable.connection.hgetall(keys.OWNERS)
    lua_calls.recount(stable.connection, is_written=True)

    assert stable.connection.hgetall(keys.OWNERS) == before
    assert stable.queue.overview().owners["ann"].waiting_jobs == len(stable.queue.jobs(owner="ann"))


def test_forged_counts_refuse_an_owner_only_until_they_are_counted(stable: Stable) -> None:
    """A bound that only a forged number has reached refuses nobody; a real one does."""
    settings = stable.settings.model_copy(update={"owner_max_queued_jobs": 2})
    queue = SpeechQueue(stable.connection, settings, owner="ann")
    stable.connection.hset(keys.OWNERS, mapping={"jobs|ann": 10**9, "characters|ann": 10**9})

    jobs = [queue.submit(SpeechRequest(text=f"Text {number}.")) for number in range(2)]

    with pytest.raises(OwnerQueueFull, match="2 jobs with 14 characters of owner 'ann' wait"):
        queue.submit(SpeechRequest(text="One too many."))
    assert [job.status() for job in jobs] == ["queued", "queued"]
