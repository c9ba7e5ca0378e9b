"""The rights of a producer, as docs/security.md gives them, on a real server."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from collections.abc import Callable, Iterator

import pytest
import redis

from jobs import AsyncSpeechQueue
from jobs.errors import OwnerQueueFull, QueueUnavailable
from jobs.lua import load_script
from jobs.queue import keys
from jobs.queue.overview import OwnerLoad, read_workers
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechStatus
from jobs.settings import QueueSettings
from scripts.webapp.guard.idempotency import submit_once
from scripts.webapp.job_pages import read_page
from tests.conftest import ROOT, Server
from tests.fakes.fake_worker import FakeWorker, make_request, make_result

USER = "ktts-producer"
REFUSAL = "(?i)no permission|ACL failure|user executing the script can't"  # Redis 7.0 last
Attempt = Callable[[redis.Redis], object]

REFUSED: dict[str, Attempt] = {
    "FLUSHALL": lambda app: app.flushall(),
    "FLUSHDB": lambda app: app.flushdb(),
    "CONFIG GET": lambda app: app.config_get("dir"),
    "CONFIG SET": lambda app: app.config_set("dir", "/tmp"),
    "ACL": lambda app: app.acl_list(),
    "SHUTDOWN": lambda app: app.shutdown(nosave=True),
    "INFO": lambda app: app.info(),
    "CLIENT LIST": lambda app: app.client_list(),
    "KEYS": lambda app: app.keys("*"),
    "SCAN": lambda app: app.scan(),
    "PUBLISH": lambda app: app.publish("channel", "x"),
    "FUNCTION LOAD": lambda app: app.function_load("#!lua name=x\n"),
    "GET foreign": lambda app: app.get("foreign"),
    "DEL foreign": lambda app: app.delete("foreign"),
    "HSET foreign": lambda app: app.hset("foreign-hash", "field", "x"),
    "RPUSH foreign": lambda app: app.rpush("foreign-list", "x"),
    "LPUSH": lambda app: app.lpush(keys.queue("default"), "x"),
    "LPOP": lambda app: app.lpop(keys.queue("default")),
    "BLPOP": lambda app: app.blpop([keys.BELL], timeout=1),
    "DEL queue": lambda app: app.delete(keys.queue("default")),
    "LRANGE events": lambda app: app.lrange(keys.WEBHOOK_EVENTS, 0, -1),
    "LPOP events": lambda app: app.lpop(keys.WEBHOOK_EVENTS),
    "SET events": lambda app: app.set(keys.WEBHOOK_EVENTS, "x"),
    "ZADD due": lambda app: app.zadd(keys.WEBHOOKS_DUE, {"x": 1}),
    "RPUSH delivery": lambda app: app.rpush(keys.webhooks("x"), "x"),
    "HSET held": lambda app: app.hset(keys.HELD, "a" * 32, "me"),
    "HDEL held": lambda app: app.hdel(keys.HELD, "a" * 32),
    "HSET worker": lambda app: app.hset(keys.worker("mine"), "state", "idle"),
    "SADD workers": lambda app: app.sadd(keys.WORKERS, keys.worker("mine")),
    "ZADD finished": lambda app: app.zadd(keys.finished("default"), {"a" * 32: 1}),
    "ZADD failed": lambda app: app.zadd(keys.failed("default"), {"a" * 32: 1}),
    "ZADD started": lambda app: app.zadd(keys.started("default"), {"a" * 32: 1}),
    "FLUSHALL in a script": lambda app: app.eval("return redis.call('FLUSHALL')", 0),
    "foreign key in a script": lambda app: app.eval("return redis.call('DEL', 'foreign')", 0),
    "settle.lua": lambda app: app.eval(
        load_script("settle"),
        5,
        keys.job("a" * 32),
        keys.HELD,
        keys.WAITING_CHARACTERS,
        keys.BELL,
        keys.QUEUE_NAMES,
        "a" * 32,
    ),
    "take.lua": lambda app: app.eval(load_script("take"), 1, keys.HELD, "me"),
}
"""What the producer must not be able to do."""


@pytest.fixture
def app(connection: redis.Redis, server: Server) -> Iterator[redis.Redis]:
    """Yield a connection of the user that the document's own line creates."""
    document = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^redis-cli (ACL SETUSER (?:.*\\\n)*.*)", document, flags=re.MULTILINE)
    words = shlex.split(line.replace("\\\n", " "))
    assert words[2] == USER
    connection.execute_command(*words)
    connection.acl_log_reset()
    opened = redis.Redis.from_url(f"{server.url}?username={USER}&password=choose-a-password")
    yield opened
    opened.close()
    connection.acl_deluser(USER)


@pytest.fixture
def queue_of_app(app: redis.Redis, queue_settings: QueueSettings) -> SpeechQueue:
    """Return the producer's door, opened with few rights."""
    return SpeechQueue(app, queue_settings)


def test_a_producer_submits_and_waits(
    queue_of_app: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """Submit, facts and wait work with the documented rights, and so does submitting again."""
    request = make_request()
    job = queue_of_app.submit(request, queue="interactive")
    assert job.facts().status is SpeechStatus.QUEUED
    assert not queue_of_app.submit(request).is_new

    fake_worker.finish(fake_worker.take(), request)

    assert job.wait(timeout_seconds=5) == make_result(request)
    assert queue_of_app.submit(request, again=True).is_new
    assert connection.acl_log() == []


def test_a_producer_cancels_retries_and_looks(
    queue_of_app: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
) -> None:
    """Cancel and retry, the list of all jobs and the overview ask for no right that is missing."""
    running = queue_of_app.submit(make_request("One."))
    fake_worker.take()
    running.cancel()
    waiting = queue_of_app.submit(make_request("Two."))
    waiting.cancel()
    assert waiting.status() is SpeechStatus.CANCELLED

    assert queue_of_app.retry(waiting.id).is_new
    connection.hset(keys.job(running.id), "origin", "overwritten")
    assert running.cancel() is SpeechStatus.RUNNING

    assert {job.id for job in queue_of_app.jobs()} == {running.id, waiting.id}
    assert queue_of_app.overview().workers == (fake_worker.name,)
    assert [worker.name for worker in read_workers(queue_of_app.connection)] == [fake_worker.name]
    assert connection.acl_log() == []


def test_a_producer_asks_to_be_told(
    app: redis.Redis, queue_settings: QueueSettings, fake_worker: FakeWorker, connection
) -> None:
    """Of a job that waits, joined by another caller, cancelled, and of one that has finished."""
    settings = queue_settings.model_copy(update={"webhook_hosts": "hooks.example.com"})
    queue = SpeechQueue(app, settings)
    url = "https://hooks.example.com/"
    for path in ("one", "two"):
        queue.submit(make_request("One.", callback_url=url + path)).cancel()
        queue.submit(make_request("Two.", callback_url=url + path))
    fake_worker.finish(fake_worker.take(), make_request("Two."))
    queue.submit(make_request("Two.", callback_url=url + "late"))

    events = connection.lrange(keys.WEBHOOK_EVENTS, 0, -1)
    assert [json.loads(event)["status"] for event in events] == [
        *("canceled", "canceled", "finished", "finished"),
    ]
    assert connection.acl_log() == []


def test_a_producer_has_owners_and_their_bounds(
    app: redis.Redis,
    queue_settings: QueueSettings,
    fake_worker: FakeWorker,
    connection: redis.Redis,
) -> None:
    """Owners' jobs are submitted, counted anew before one is refused, listed and cancelled."""
    settings = queue_settings.model_copy(update={"owner_max_queued_jobs": 2})
    queue = SpeechQueue(app, settings, owner="ann")
    running, waiting = (queue.submit(make_request(text)) for text in ("One.", "Two."))
    SpeechQueue(app, settings).submit(make_request("Of nobody."))
    assert fake_worker.take().owner == "ann"
    connection.hset(keys.OWNERS, "jobs|ann", 99)
    queue.submit(make_request("Three."))
    with pytest.raises(OwnerQueueFull, match="2 jobs with 10 characters"):
        queue.submit(make_request("Four."))

    for job in queue.jobs(owner="ann"):
        job.cancel()

    assert waiting.status() is SpeechStatus.CANCELLED
    assert queue.overview().owners == {"ann": OwnerLoad(running_jobs=1)}
    assert running.status() is SpeechStatus.RUNNING
    assert connection.acl_log() == []


@pytest.mark.parametrize("attempt", REFUSED.values(), ids=REFUSED)
def test_what_a_producer_may_not_do_is_refused(
    app: redis.Redis, connection: redis.Redis, attempt: Attempt
) -> None:
    """The server refuses it, directly and inside a script, and nothing has changed."""
    connection.mset({"foreign": "kept"})
    connection.rpush(keys.queue("default"), "kept")
    before = _read_all(connection)

    with pytest.raises(
        redis.exceptions.RedisError,
        match=REFUSAL,
    ):
        attempt(app)

    assert _read_all(connection) == before


def test_a_producer_without_a_right_is_told_so(
    app: redis.Redis, connection: redis.Redis, queue_settings: QueueSettings
) -> None:
    """A right that is missing is named, and where the rights are written down."""
    queue = SpeechQueue(app, queue_settings)
    for missing in ("clearselectors", "(+evalsha +eval allkeys)"):
        connection.execute_command("ACL", "SETUSER", USER, missing)

        with pytest.raises(QueueUnavailable, match=r"refuses this .*docs/security\.md"):
            queue.submit(make_request())


def _read_all(connection: redis.Redis) -> dict[bytes, bytes]:
    return {key: connection.dump(key) for key in connection.scan_iter()}


def test_a_gateway_works_with_few_rights(app: redis.Redis, queue_settings: QueueSettings):
    """`ktts web` submits once under a key, lists, shows and takes back as this user."""
    url = f"{queue_settings.redis_url}?username={USER}&password=choose-a-password"
    settings = queue_settings.model_copy(update={"redis_url": url})

    async def serve() -> list[SpeechStatus]:
        async with AsyncSpeechQueue(settings) as queue:

            async def submit() -> dict[str, str]:
                return {"id": (await queue.submit(make_request())).id}

            answers = [await submit_once(queue, "key", {"text": "x"}, submit) for _ in range(2)]
            job_id = answers[1][0]["id"]
            page = read_page(queue.blocking.connection, None, 0, 10)
            assert (await queue.overview()).workers == ()
            await queue.job(job_id).withdraw()
            return [page.jobs[0].status, await queue.job(job_id).status()]

    assert asyncio.run(serve()) == [SpeechStatus.QUEUED, SpeechStatus.CANCELLED]
