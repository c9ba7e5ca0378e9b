"""Every key that a script touches is one that its caller declared: what a cluster wants."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import redis

from jobs import SpeechQueue
from jobs.queue import keys
from jobs.queue.lua_calls import adopt, recount, restore
from tests.fakes.fake_worker import FakeWorker, make_request
from worker.janitor.janitor import Janitor
from worker.janitor.webhook_sender import WebhookSender
from worker.settings import WorkerSettings

END = "monitor-end"


def test_scripts_touch_declared_keys_alone(
    queue: SpeechQueue,
    connection: redis.Redis,
    fake_worker: FakeWorker,
    worker_settings: WorkerSettings,
) -> None:
    """The server itself tells, by MONITOR, what each script of a job's whole life touches."""
    lines: list[tuple[bool, list[str]]] = []
    ready = threading.Event()
    listener = threading.Thread(target=_listen, args=(connection, lines, ready))
    listener.start()
    ready.wait(10)

    _live(queue, connection, fake_worker, worker_settings)
    connection.echo(END)
    listener.join(20)

    scripts, strangers = 0, []
    declared: set[str] = set()
    for is_inside, words in lines:
        if words[0].upper() == "EVALSHA":
            scripts += 1
            declared = set(words[3 : 3 + int(words[2])])
        elif is_inside and words[1] not in declared:
            strangers.append(words[:2])
    assert scripts > 20
    assert strangers == []


def _live(
    queue: SpeechQueue, connection: redis.Redis, worker: FakeWorker, settings: WorkerSettings
) -> None:
    one, two, three = (queue.submit(make_request(text)) for text in ("one", "two", "three"))
    queue.submit(make_request("one"))
    held = worker.take()
    worker.store.checkpoint(held, {"chunks": 1}, may_yield=True)
    worker.store.requeue(held)
    worker.finish(worker.take(), make_request("one"))
    queue.submit(make_request("one"), again=True)
    two.cancel()
    queue.forget(two.id)
    worker.store.fail(worker.take(), "SynthesisError", "x")
    queue.retry(three.id)
    connection.hset(keys.job(three.id), "origin", "default")
    connection.lrem(keys.queue("default"), 0, three.id)
    connection.rpush(keys.waiting("default"), three.id)
    adopt(three.id, "default").run(connection)
    connection.lrem(keys.queue("default"), 0, three.id)
    restore(three.id, counter="x").run(connection)
    recount(connection, is_written=True)
    connection.hset(keys.job("a" * 32), "status", "queued")
    connection.rpush(keys.queue("interactive"), "a" * 32)
    worker.take()
    worker.lapse()
    list(Janitor(connection, settings).take_back())
    one.cancel(force=True)
    told = SpeechQueue(
        connection, settings := settings.model_copy(update={"webhook_hosts": "127.0.0.1"})
    )
    worker.beat()
    for text in ("four", "five"):
        request = make_request(text, callback_url="http://127.0.0.1:9/")
        told.submit(request, queue="interactive").cancel()
        told.submit(request, queue="interactive")
    told.submit(request, queue="interactive")
    worker.store.fail(worker.take(), "SynthesisError", "x")
    worker.store.cancel(worker.take(), "keep")
    asyncio.run(WebhookSender(connection, settings).drain())
    _live_with_owners(queue, connection, settings)


def _live_with_owners(
    queue: SpeechQueue, connection: redis.Redis, settings: WorkerSettings
) -> None:
    settings = settings.model_copy(update={"owner_max_running_jobs": 2})
    worker = FakeWorker(connection, settings)
    bounded = SpeechQueue(
        connection, queue.settings.model_copy(update={"owner_max_queued_jobs": 4})
    )
    for to in ("default", "interactive"):
        for owner in ("ann", "", "ben", "ann"):
            bounded.submit(make_request(f"{owner} {to}", owner=owner), queue=to)
    held = worker.take()
    worker.store.checkpoint(held, {"chunks": 1}, may_yield=True)
    worker.store.requeue(held)
    worker.store.requeue(worker.take(), last=True)
    worker.finish(worker.take(), make_request("x"))
    for job in queue.jobs(owner="ben"):
        job.cancel()
    lost = queue.jobs(owner="ann")[0]
    connection.lrem(keys.queue("default"), 0, lost.id)
    connection.lrem(keys.queue("interactive"), 0, lost.id)
    restore(lost.id, counter="x", owner="ann").run(connection)
    recount(connection, is_written=True)
    worker.take()
    worker.lapse()
    list(Janitor(connection, settings).take_back())


def _listen(
    connection: redis.Redis, lines: list[tuple[bool, list[str]]], ready: threading.Event
) -> None:
    with connection.monitor() as monitor:
        ready.set()
        for words in _commands(monitor):
            if END in words[1]:
                return
            lines.append(words)


def _commands(monitor: redis.client.Monitor) -> Iterator[tuple[bool, list[str]]]:
    while True:
        heard = monitor.next_command()
        words = heard["command"].split(" ")  # keys have no spaces, and they come first
        yield heard["client_type"] == "lua", words
