"""The janitor puts right what crashes leave behind, and touches nothing else."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from jobs.queue import keys, lua_calls
from jobs.queue.outbox import OutboxEntry, write_entries
from jobs.queue.queue import SpeechQueue
from tests.conftest import eventually
from tests.faults.processes import Stable, make_request
from worker.janitor.janitor import Janitor
from worker.settings import WorkerSettings
from worker.supervision.heartbeat import LEASE_SECONDS
from worker.supervision.job_store import JobStore


@pytest.fixture
def settings(queue: SpeechQueue, tmp_path: Path) -> WorkerSettings:
    """Return settings of the shared server with an outbox."""
    return WorkerSettings(**queue.settings.model_dump() | {"outbox_dir": tmp_path / "outbox"})


@pytest.fixture
def janitor(connection: redis.Redis, settings: WorkerSettings) -> Janitor:
    """Return a janitor that is told what to do, step by step."""
    return Janitor(connection, settings)


def _take(connection: redis.Redis, settings: WorkerSettings, name: str) -> str:
    """Take a job as worker `name` and return its id."""
    connection.hset(keys.worker(name), "state", "busy")
    job = JobStore(connection, name, settings).take(settings.queue_names)
    assert job is not None
    return job.job_id


def _die(connection: redis.Redis, name: str) -> None:
    connection.delete(keys.worker(name))


def test_only_dead_workers_jobs_are_taken_back(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings, janitor: Janitor
) -> None:
    """A job goes back to the front when its worker's heartbeat is gone, and not before."""
    jobs = [queue.submit(make_request(number)) for number in range(3)]
    for number in range(2):
        _take(connection, settings, f"worker-{number}")
    _die(connection, "worker-0")

    assert list(janitor.take_back()) == [jobs[0].id]

    waiting = [id_.decode() for id_ in connection.lrange(keys.queue("default"), 0, -1)]
    assert waiting == [jobs[0].id, jobs[2].id]
    assert connection.hgetall(keys.HELD) == {jobs[1].id.encode(): b"worker-1"}
    assert connection.zcard(keys.started("default")) == 1
    assert queue.overview().waiting_characters == sum(len(make_request(n).text) for n in (0, 2))


def test_a_worker_that_is_heard_again_keeps_its_job(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings
) -> None:
    """The repair looks at the heartbeat again: one that came back meanwhile counts."""
    job = queue.submit(make_request(1))
    _take(connection, settings, "worker-1")

    call = lua_calls.settle(job.id, "worker-1", "queued", lifetime_seconds=60)
    assert not call.run(connection)

    assert connection.hget(keys.HELD, job.id) == b"worker-1"
    assert queue.overview().waiting["default"] == 0


def test_a_cancel_after_the_last_look_still_holds(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings
) -> None:
    """A worker that puts back a job which was cancelled a moment ago cancels it."""
    job = queue.submit(make_request(1))
    connection.hset(keys.worker("w"), "state", "busy")
    store = JobStore(connection, "w", settings)
    held = store.take(settings.queue_names)
    assert held is not None
    job.cancel()

    assert store.requeue(held) == "canceled"

    assert connection.llen(keys.queue("default")) == 0
    assert connection.zscore(keys.cancelled("default"), job.id)


def test_two_janitors_at_once_put_each_job_back_once(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings
) -> None:
    """Two janitors that repair the same damage at the same moment put each job back once."""
    jobs = [queue.submit(make_request(number)) for number in range(40)]
    for number in range(20):
        _take(connection, settings, f"worker-{number}")
        _die(connection, f"worker-{number}")
    for number, job in enumerate(jobs[30:], start=30):
        connection.lrem(keys.queue("default"), 1, job.id)
        size = len(make_request(number).text)
        connection.hincrby(keys.WAITING_CHARACTERS, keys.rq_name("default"), -size)
    barrier, repaired = threading.Barrier(2), []

    def repair() -> None:
        with redis.Redis.from_url(settings.redis_url) as own:
            janitor = Janitor(own, settings)
            barrier.wait(60)
            repaired.extend(janitor.take_back())
            repaired.extend(janitor.restore_lost())

    threads = [threading.Thread(target=repair) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    waiting = [id_.decode() for id_ in connection.lrange(keys.queue("default"), 0, -1)]
    assert sorted(waiting) == sorted(job.id for job in jobs)
    assert len(repaired) == len(set(repaired)) == 30
    assert queue.overview().waiting_characters == sum(
        len(make_request(number).text) for number in range(40)
    )


def test_queued_in_no_list_and_started_without_holder(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings, janitor: Janitor
) -> None:
    """Both kinds of lost job are restored; jobs in their place, and other programs', are not."""
    lost, orphan, fine = (queue.submit(make_request(number)) for number in range(3))
    _take(connection, settings, "worker-1")
    connection.hdel(keys.HELD, lost.id)
    connection.lrem(keys.queue("default"), 1, orphan.id)
    connection.hset(keys.job("other"), mapping={"status": "started", "origin": "default"})
    connection.set(keys.job("no-hash"), "x")

    assert sorted(janitor.restore_lost()) == sorted([lost.id, orphan.id])

    waiting = {id_.decode() for id_ in connection.lrange(keys.queue("default"), 0, -1)}
    assert waiting == {lost.id, orphan.id, fine.id}
    assert list(janitor.restore_lost()) == []


def test_nobody_is_called_dead_right_after_redis_came_back(stable: Stable) -> None:
    """After an outage the janitor gives every worker one lease to be heard again."""
    janitor = stable.janitor()
    dead = stable.doomed("started", pace=1.0)
    job = stable.queue.submit(make_request(1))
    dead.wait()
    stable.server.kill()
    eventually(lambda: "Redis is away" in janitor.log)
    stable.server.start()
    back = time.monotonic()

    eventually(lambda: stable.field(job, "status") == "queued")

    assert time.monotonic() - back > LEASE_SECONDS - 1
    eventually(lambda: "job taken back from a dead worker" in janitor.log)


def test_a_cancel_holds_when_the_worker_has_died(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings, janitor: Janitor
) -> None:
    """A job that was to be cancelled when its worker died is cancelled, its audio removed."""
    job = queue.submit(make_request(1))
    _take(connection, settings, "worker-1")
    _make_work(settings, job.id)
    job.cancel()
    _die(connection, "worker-1")

    assert list(janitor.take_back()) == [job.id]
    janitor.sweep()

    assert connection.hget(keys.job(job.id), "status") == b"canceled"
    assert not (settings.work_dir / job.id).exists()


def test_lifetimes(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings, janitor: Janitor
) -> None:
    """Records and registry entries of ended jobs go when their time is over."""
    brief = settings.model_copy(update={"result_ttl_seconds": 1, "failure_ttl_seconds": 1})
    ended = [queue.submit(make_request(number)) for number in range(2)]
    for settle in ("finish", "fail"):
        connection.hset(keys.worker("w"), "state", "busy")
        store = JobStore(connection, "w", brief)
        job = store.take(brief.queue_names)
        assert job is not None
        store.finish(job, {}) if settle == "finish" else store.fail(job, "E", "why")
    connection.sadd(keys.WORKERS, keys.worker("long-dead"))

    eventually(lambda: not connection.exists(*(keys.job(job.id) for job in ended)))
    time_over = time.time() + 1
    eventually(lambda: time.time() > time_over)
    janitor.expire_records()

    assert connection.zcard(keys.finished("default")) == 0
    assert connection.zcard(keys.failed("default")) == 0
    assert connection.smembers(keys.WORKERS) == set()


def test_stale_work_goes_by_age_and_never_a_live_jobs(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings, janitor: Janitor
) -> None:
    """Old work of unknown jobs goes; new work, a live job's, and what is no job's stay."""
    live = queue.submit(make_request(1))
    old, new, aside, odd = "a" * 32, "b" * 32, "c" * 32 + ".bad-1", "notes"
    for name in (live.id, old, new, aside, odd):
        _make_work(settings, name, days_old=0 if name == new else 8)
    settings.output_dir.mkdir(exist_ok=True)
    partials = [settings.output_dir / f".{name}.x.wav.partial" for name in ("old", "new")]
    for path in partials:
        path.write_text("half")
    _age(partials[0], 8)

    janitor.sweep()

    assert {path.name for path in settings.work_dir.iterdir()} == {live.id, new, odd}
    assert [path.name for path in settings.output_dir.iterdir()] == [partials[1].name]


def test_work_that_vanishes_under_the_janitor(
    settings: WorkerSettings, janitor: Janitor, tmp_path: Path
) -> None:
    """Links and files in the work directory neither end the janitor nor are followed."""
    outside = tmp_path / "outside"
    _make_work(settings, "a" * 32, days_old=8)
    outside.mkdir()
    (outside / "precious").write_text("x")
    (settings.work_dir / ("d" * 32)).symlink_to(outside)
    (settings.work_dir / ("e" * 32)).write_text("a file")
    (settings.work_dir / "gone").symlink_to(tmp_path / "nowhere")

    janitor.sweep()

    assert (outside / "precious").exists()
    assert not (settings.work_dir / ("a" * 32)).exists()


def test_the_outbox_is_submitted_where_no_record_is(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings, janitor: Janitor
) -> None:
    """Promises without a record are submitted, kept ones removed, broken ones do no harm."""
    assert settings.outbox_dir is not None
    careful = SpeechQueue(connection, settings)
    jobs = [careful.submit(make_request(number)) for number in range(3)]
    connection.flushall()
    ended = make_request(9)
    write_entries(settings.outbox_dir, [_entry(ended.job_id, ended.model_dump(mode="json"))])
    connection.hset(keys.job(ended.job_id), "status", "finished")
    write_entries(settings.outbox_dir, [_entry("a" * 32, {"text": ""})])
    (settings.outbox_dir / "junk.json").write_text("[1")
    (settings.outbox_dir / f"{'b' * 32}.json").write_text('{"job_id": "../x"}')

    janitor.sweep()
    assert sorted(janitor.replay_outbox()) == []

    waiting = {id_.decode() for id_ in connection.lrange(keys.queue("default"), 0, -1)}
    assert waiting == {job.id for job in jobs}
    left = {path.stem for path in settings.outbox_dir.glob("*.json")}
    assert left == {*(job.id for job in jobs), "a" * 32, "b" * 32, "junk"}


def test_the_janitor_stops_on_sigterm(stable: Stable) -> None:
    """SIGTERM ends it with 0."""
    janitor = stable.janitor()

    janitor.signal(signal.SIGTERM)

    assert janitor.wait() == 0


def _entry(job_id: str, request: dict[str, object]) -> OutboxEntry:
    return OutboxEntry(job_id=job_id, request=request, queue="default", run="", overwrite=False)


def _make_work(settings: WorkerSettings, name: str, *, days_old: int = 0) -> None:
    directory = settings.work_dir / name
    directory.mkdir(parents=True)
    for file in ("journal.jsonl", "audio.pcm", "lock"):
        (directory / file).write_text("x")
    for path in _inside_out(directory):
        _age(path, days_old)


def _inside_out(directory: Path) -> Iterator[Path]:
    yield from directory.iterdir()
    yield directory


def _age(path: Path, days: int) -> None:
    moment = time.time() - days * 86_400
    os.utime(path, (moment, moment))
