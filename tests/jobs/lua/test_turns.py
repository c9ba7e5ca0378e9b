"""Owners take turns in each queue; without owners a queue is first come, first served."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import redis

from jobs import SpeechQueue
from jobs.queue import keys
from jobs.queue.lua_calls import recount
from tests.fakes.fake_worker import QUEUES, FakeWorker, make_request
from worker.janitor.janitor import Janitor
from worker.settings import WorkerSettings
from worker.supervision.job_store import HeldJob

TakeNext = Callable[..., HeldJob]
BULK = keys.rq_name("bulk")
NOBODY = ""


def submit(queue: SpeechQueue, owner: str, count: int, to: str = "bulk") -> list[str]:
    """Submit texts of one owner and return the job ids."""
    requests = [make_request(f"{owner} {number}", owner=owner) for number in range(count)]
    return [job.id for job in queue.submit_many(requests, queue=to)]


def own_keys(connection: redis.Redis) -> set[str]:
    """Return the keys that exist for owners alone."""
    return {
        key.decode()
        for pattern in ("ktts:turns:*", "ktts:owned:*", "ktts:owners")
        for key in connection.scan_iter(match=pattern)
    }


def owners_of(jobs: list[HeldJob]) -> str:
    """Return the first letters of the owners, `-` for nobody."""
    return "".join(job.owner[:1] or "-" for job in jobs)


def test_another_owners_job_starts_within_two(queue: SpeechQueue, take_next: TakeNext):
    """500 bulk jobs of one owner keep another's waiting for no more than one each worker has."""
    submit(queue, "ann", 500)
    assert owners_of([take_next(), take_next()]) == "aa"

    [sentence] = submit(queue, "ben", 1)

    assert sentence in {take_next().job_id, take_next().job_id}


def test_each_owner_has_a_turn_in_the_order_of_their_jobs(queue: SpeechQueue, take_next: TakeNext):
    """Three owners take turns; each one's jobs stay first come, first served."""
    ids = {owner: submit(queue, owner, count) for owner, count in (("a", 5), ("b", 3), ("c", 1))}

    taken = [take_next() for _ in range(9)]

    assert owners_of(taken) == "abcababaa"
    for owner, listed in ids.items():
        assert [job.job_id for job in taken if job.owner == owner] == listed


def test_jobs_of_nobody_take_turns_with_those_of_owners(queue: SpeechQueue, take_next: TakeNext):
    """What names no owner waits as one more owner, whether it came before or after the others."""
    early = submit(queue, NOBODY, 20)
    submit(queue, "a", 20)
    late = [queue.submit(make_request(f"late {number}"), queue="bulk").id for number in range(20)]

    taken = [take_next() for _ in range(60)]

    assert owners_of(taken[:39]) == "-a" * 19 + "-"
    assert [job.job_id for job in taken if not job.owner] == early + late


def test_without_owners_nothing_is_written_for_them(
    queue: SpeechQueue, connection: redis.Redis, take_next: TakeNext
):
    """No owner named: the order is that of the list, and no key of owners comes into being."""
    ids = submit(queue, NOBODY, 30)

    taken = []
    for number in range(30):
        taken.append(take_next().job_id)
        assert own_keys(connection) == set(), number
    recount(connection, is_written=True)

    assert taken == ids
    assert own_keys(connection) == set()
    assert connection.hget(keys.job(ids[0]), "owner") is None


def test_keys_of_owners_end_with_their_work(
    queue: SpeechQueue, connection: redis.Redis, fake_worker: FakeWorker
):
    """Jobs that are finished, failed, put back and cancelled leave nothing that counts them."""
    finished, failed, again, cancelled = (
        queue.job(job_id) for job_id in submit(queue, "ann", 4, to="default")
    )
    queue.submit(make_request("of nobody"))
    cancelled.cancel()
    put_back = fake_worker.take()
    fake_worker.store.requeue(put_back)
    assert queue.overview().owners["ann"].waiting_jobs == 3
    for _ in range(4):
        held = fake_worker.take()
        if held.job_id == failed.id:
            fake_worker.store.fail(held, "SynthesisError", "x")
        else:
            fake_worker.finish(held, make_request("x"))

    assert {finished.status(), again.status()} == {"finished"}
    assert own_keys(connection) == set()
    assert fake_worker.store.take(QUEUES) is None


def test_a_job_that_is_put_back_is_the_next_of_its_owner(
    queue: SpeechQueue, fake_worker: FakeWorker
):
    """At the front of its owner's jobs, behind the turn of the others."""
    first = submit(queue, "a", 3)[0]
    submit(queue, "b", 2)
    held = fake_worker.take()
    assert held.job_id == first
    fake_worker.store.requeue(held)

    taken = []
    for _ in range(3):
        taken.append(fake_worker.take())
        fake_worker.finish(taken[-1], make_request("x"))

    assert owners_of(taken) == "bab"
    assert taken[1].job_id == first


def test_no_more_of_an_owners_jobs_run_than_may(
    queue: SpeechQueue, connection: redis.Redis, worker_settings: WorkerSettings
):
    """With all of one owner's seats taken, workers go on with others and then wait."""
    settings = worker_settings.model_copy(update={"owner_max_running_jobs": 2})
    workers = [FakeWorker(connection, settings, f"worker-{number}") for number in range(5)]
    submit(queue, "ann", 400)
    submit(queue, "ben", 1)
    submit(queue, NOBODY, 1)

    taken = [worker.store.take(QUEUES) for worker in workers]

    held = [job for job in taken if job]
    assert sorted(owners_of(held)) == ["-", "a", "a", "b"]
    assert queue.overview().owners["ann"].running_jobs == 2
    first = next(worker for worker, job in zip(workers, taken, strict=True) if job.owner == "ann")
    first.finish(next(job for job in held if job.owner == "ann"), make_request("x"))
    assert workers[-1].take().owner == "ann"


def test_nobody_makes_way_for_a_job_that_may_not_run(
    queue: SpeechQueue, connection: redis.Redis, worker_settings: WorkerSettings
):
    """An urgent job whose owner's seats are taken interrupts only a job of the same owner."""
    settings = worker_settings.model_copy(update={"owner_max_running_jobs": 1})
    workers = {name: FakeWorker(connection, settings, name) for name in ("one", "two")}
    submit(queue, "ann", 1)
    submit(queue, "ben", 1)
    held = {job.owner: (name, job) for name, job in ((n, w.take()) for n, w in workers.items())}
    for name in workers:
        connection.hset(keys.worker(name), "state", "busy")
    queue.submit(make_request("urgent", owner="ann"), queue="interactive")

    asked = {
        owner: workers[name].store.checkpoint(job, {"chunks": 1}, may_yield=True).must_yield
        for owner, (name, job) in sorted(held.items(), reverse=True)
    }

    assert asked == {"ben": False, "ann": True}


@pytest.mark.parametrize("death", ["worker", "record"])
def test_counts_are_right_after_the_janitor(
    queue: SpeechQueue,
    connection: redis.Redis,
    fake_worker: FakeWorker,
    worker_settings: WorkerSettings,
    death: str,
):
    """A worker that dies, a job that is lost and forged numbers: a scan puts all right."""
    ids = submit(queue, "ann", 5)
    submit(queue, "ben", 2)
    held = fake_worker.take()
    janitor = Janitor(connection, worker_settings)
    if death == "worker":
        fake_worker.lapse()
        assert list(janitor.take_back()) == [held.job_id]
    else:
        connection.hdel(keys.HELD, held.job_id)
        assert list(janitor.restore_lost()) == [held.job_id]
    connection.hset(
        keys.OWNERS, mapping={"jobs|ann": "-7", "characters|ben": "many", "running|eve": 9}
    )
    connection.zadd(keys.turns(BULK), {"eve": 0, "b'\xff\x00": 1})
    connection.delete(keys.owned(BULK, "ben"))
    connection.rpush(keys.owned(BULK, "ann"), "0" * 32, "x")

    recount(connection, is_written=True)

    loads = queue.overview().owners
    assert {name: (load.waiting_jobs, load.running_jobs) for name, load in loads.items()} == {
        "ann": (5, 0),
        "ben": (2, 0),
    }
    assert loads["ben"].waiting_characters == 10
    assert connection.lrange(keys.owned(BULK, "ann"), 0, -1) == [job.encode() for job in ids]
    assert set(connection.zrange(keys.turns(BULK), 0, -1)) == {b"ann", b"ben"}


FORGERIES: dict[str, Callable[[redis.Redis, str], object]] = {
    "no turns": lambda server, _: server.delete(keys.turns(BULK)),
    "turns of another kind": lambda server, _: (
        server.delete(keys.turns(BULK)),
        server.set(keys.turns(BULK), "x"),
    ),
    "strangers' turns": lambda server, _: server.zadd(
        keys.turns(BULK), {f"stranger{number}": -number for number in range(50)}
    ),
    "turns without end": lambda server, _: server.zadd(keys.turns(BULK), {"ann": "+inf"}),
    "no list": lambda server, _: server.delete(keys.owned(BULK, "ann")),
    "list of another kind": lambda server, _: (
        server.delete(keys.owned(BULK, "ann")),
        server.set(keys.owned(BULK, "ann"), "x"),
    ),
    "another's jobs in a list": lambda server, job: server.lpush(keys.owned(BULK, "ben"), job),
    "jobs that are none": lambda server, _: server.lpush(
        keys.owned(BULK, "ann"), "0" * 32, "x", b"\xff\xfe"
    ),
    "another owner": lambda server, job: server.hset(keys.job(job), "owner", "ben"),
    "an owner that is none": lambda server, job: server.hset(keys.job(job), "owner", b"\xff x"),
    "no owner": lambda server, job: server.hdel(keys.job(job), "owner"),
    "counts of another kind": lambda server, _: (
        server.delete(keys.OWNERS),
        server.set(keys.OWNERS, "x"),
    ),
    "counts that are none": lambda server, _: server.hset(
        keys.OWNERS, mapping={"jobs|ann": "x", "running|ann": "nan", "characters|ben": 9**20}
    ),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_forged_keys_lose_no_job_and_stop_no_worker(
    queue: SpeechQueue, connection: redis.Redis, take_next: TakeNext, forge: Callable[..., object]
):
    """Whatever a producer writes there, each job is taken once, and the keys end with the work."""
    ids = submit(queue, "ann", 3) + submit(queue, "ben", 3) + submit(queue, NOBODY, 3)
    forge(connection, ids[1])

    taken = [take_next().job_id for _ in range(4)]
    recount(connection, is_written=True)
    taken += [take_next().job_id for _ in range(5)]

    assert sorted(taken) == sorted(ids)
    assert queue.overview().owners.keys() <= {"ann", "ben"}
    recount(connection, is_written=True)
    assert not {key for key in own_keys(connection) if ":turns:" in key}


def test_more_owners_than_are_looked_at_at_once_have_their_turns(
    queue: SpeechQueue, connection: redis.Redis, worker_settings: WorkerSettings
):
    """A hundred owners in order, past those that are held back; nobody's jobs are among them."""
    settings = worker_settings.model_copy(update={"owner_max_running_jobs": 1})
    requests = [make_request(f"text {n}", owner=f"owner{n % 100}") for n in range(200)]
    queue.submit_many([*requests, make_request("of nobody")], queue="bulk")
    workers = [FakeWorker(connection, settings, f"worker-{number}") for number in range(102)]

    taken = [worker.store.take(QUEUES) for worker in workers]

    assert taken.pop() is None
    named = [job.owner for job in taken if job and job.owner]
    assert named == [f"owner{number}" for number in range(100)]
    assert len(taken) == 101


def test_very_many_jobs_are_counted(queue: SpeechQueue, connection: redis.Redis):
    """As many keys as Lua takes results of no call: each is read by itself."""
    connection.rpush(keys.queue("bulk"), *(f"{number:032x}" for number in range(20_000)))
    submit(queue, "ann", 1)

    recount(connection, is_written=True)

    assert queue.overview().owners["ann"].waiting_jobs == 1


def test_any_sequence_of_steps_leaves_counts_right(
    queue: SpeechQueue, connection: redis.Redis, worker_settings: WorkerSettings
):
    """After each of many random steps a count by the records finds nothing to change."""
    dice = random.Random(19)
    settings = worker_settings.model_copy(update={"owner_max_running_jobs": 3})
    workers = [FakeWorker(connection, settings, f"worker-{number}") for number in range(6)]
    held: dict[FakeWorker, HeldJob] = {}
    known: list[str] = []
    for step in range(250):
        worker = dice.choice(workers)
        match dice.randrange(6):
            case 0 | 1:
                owner = dice.choice(["ann", "ben", "cid", NOBODY])
                request = make_request(f"step {step}", owner=owner)
                known.append(queue.submit(request, queue=dice.choice(QUEUES)).id)
            case 2 | 3 if worker not in held:
                if job := worker.store.take(QUEUES):
                    held[worker] = job
            case 4 if worker in held:
                job = held.pop(worker)
                if dice.randrange(2):
                    worker.store.requeue(job, last=bool(dice.randrange(2)))
                else:
                    worker.finish(job, make_request("x"))
            case 5 if known:
                queue.job(dice.choice(known)).cancel()
        before = _state(connection)
        recount(connection, is_written=True)
        assert _state(connection) == before, step


def _state(connection: redis.Redis) -> dict[str, object]:
    found: dict[str, object] = {"owners": connection.hgetall(keys.OWNERS)}
    for name in map(keys.rq_name, QUEUES):
        # Whether some of nobody's wait need not be known.
        owners = [owner for owner in connection.zrange(keys.turns(name), 0, -1) if owner]
        found[name] = owners
        for owner in owners:
            found[f"{name} {owner}"] = connection.lrange(keys.owned(name, owner.decode()), 0, -1)
    return found
