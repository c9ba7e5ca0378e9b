"""Whoever asked to be told of a job is told: at least once, signed, in order; nobody else is."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import redis

from jobs.errors import InvalidRequest
from jobs.queue import keys, webhooks
from jobs.queue.lua_calls import MAX_CALLBACKS
from jobs.queue.queue import SpeechQueue
from jobs.queue.webhooks import PAUSES_SECONDS, read_dead, read_open, resend
from jobs.request import Unspoken, part_name
from tests.conftest import ROOT, eventually, make_certificates
from tests.fakes.fake_worker import FakeWorker, make_request
from tests.fakes.receiver import SECRET, Receiver, answer_with, refuse, run_receiver
from worker.janitor import checked_post
from worker.janitor.janitor import Janitor
from worker.janitor.webhook_sender import WebhookSender
from worker.settings import WorkerSettings

HOUR = 3600.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Yield a receiver that takes everything."""
    with run_receiver() as running:
        yield running


@pytest.fixture
def settings(queue: SpeechQueue) -> WorkerSettings:
    """Return settings under which 127.0.0.1 may be told."""
    return WorkerSettings(
        **queue.settings.model_dump() | {"webhook_hosts": "127.0.0.1", "webhook_secret": SECRET}
    )


class Post:
    """A queue whose jobs are told of, a worker, and a janitor's sender with a clock of ours."""

    def __init__(self, connection: redis.Redis, settings: WorkerSettings, receiver: Receiver):
        self.connection = connection
        self.queue = SpeechQueue(connection, settings)
        self.worker = FakeWorker(connection, settings)
        self.receiver = receiver
        self.now = time.time()
        self.settings = settings
        self.sender = WebhookSender(connection, settings, clock=lambda: self.now)

    def submit(self, text: str = "Hello.", url: str | None = None, **how: Any) -> str:
        metadata = how.pop("metadata", {"user": "42"})
        request = make_request(text, callback_url=url or self.receiver.url, metadata=metadata)
        return self.queue.submit(request, **how).id

    def finish(self, text: str = "Hello.") -> None:
        self.worker.finish(self.worker.take(), make_request(text))

    def send(self, *, after_seconds: float = 0.0) -> None:
        self.now += after_seconds
        asyncio.run(self.sender.drain())


@pytest.fixture
def post(connection: redis.Redis, settings: WorkerSettings, receiver: Receiver) -> Post:
    """Return the whole chain, to be moved step by step."""
    return Post(connection, settings, receiver)


def test_a_finished_job_is_told_once_with_the_callers_metadata(post: Post) -> None:
    """The message has type, time, id, file and metadata; nothing is left in Redis."""
    job_id = post.submit()
    post.send()
    assert post.receiver.got == []

    post.finish()
    post.send()
    post.send()

    [message] = post.receiver.got
    assert message["type"] == "job.finished"
    assert message["data"] == {
        "job_id": job_id,
        "status": "finished",
        "output_file": f"{job_id}.wav",
        "format": "wav",
        "audio_seconds": 2.0,
        "characters": 6,
        "sha256": "0" * 64,
        "metadata": {"user": "42"},
    }
    assert message["id"].startswith("msg_")
    assert post.connection.keys("*webhook*") == []


def test_failed_and_cancelled_jobs_are_told(post: Post) -> None:
    """Of a waiting job, of a running one, and of one that fails."""
    waiting = post.submit("Waiting.")
    post.queue.job(waiting).cancel()
    running = post.submit("Running.")
    held = post.worker.take()
    post.queue.job(running).cancel()
    post.worker.store.cancel(held, "drop")
    failed = post.submit("Failing.")
    post.worker.store.fail(post.worker.take(), "SynthesisError", "no sound")
    post.send()

    told = {message["data"]["job_id"]: message for message in post.receiver.got}
    assert {job: told[job]["type"] for job in (waiting, running, failed)} == {
        waiting: "job.cancelled",
        running: "job.cancelled",
        failed: "job.failed",
    }
    assert told[failed]["data"]["error"] == {"name": "SynthesisError", "message": "no sound"}


def test_a_job_that_is_put_back_is_not_told(post: Post) -> None:
    """Only an end is an event."""
    post.submit()
    post.worker.store.requeue(post.worker.take())
    post.send()
    assert post.receiver.got == []


def test_every_caller_of_the_same_job_is_told(post: Post) -> None:
    """An equal request with another callback joins; the same again does not; a late one is told."""
    first = post.submit(metadata={"caller": "1"})
    post.worker.take()
    assert post.submit(metadata={"caller": "2"}) == first
    post.submit(metadata={"caller": "2"})
    assert post.queue.submit(make_request("Hello.")).id == first
    held = post.worker.store.take(("default",))
    assert held
    post.worker.finish(held, make_request("Hello."))
    post.submit(metadata={"caller": "late"})
    post.send()

    callers = [message["data"]["metadata"]["caller"] for message in post.receiver.got]
    assert sorted(callers) == ["1", "2", "late"]
    assert set(post.receiver.types) == {"job.finished"}
    assert len({message["id"] for message in post.receiver.got}) == 3


def test_a_job_has_so_many_callers_and_no_more(post: Post) -> None:
    """Whoever comes then hears so, and the job goes on."""
    for number in range(MAX_CALLBACKS):
        post.submit(metadata={"caller": str(number)})
    with pytest.raises(InvalidRequest, match="16 callbacks"):
        post.submit(metadata={"caller": "one more"})
    post.submit(metadata={"caller": "3"})
    post.finish()
    post.send()
    assert len(post.receiver.got) == MAX_CALLBACKS


def test_a_receiver_that_is_down_for_an_hour_gets_all_in_order(post: Post) -> None:
    """A job fails, is retried and finishes meanwhile: the failure comes first, each once."""
    post.receiver.answer = refuse
    job_id = post.submit()
    post.worker.store.fail(post.worker.take(), "SynthesisError", "no sound")
    post.send()
    post.queue.retry(job_id)
    post.finish()
    for _ in range(60):
        post.send(after_seconds=60)
    assert post.receiver.got == []
    attempts = post.receiver.requests

    post.receiver.answer = answer_with(204)
    for _ in range(60):
        post.send(after_seconds=60)

    assert post.receiver.types == ["job.failed", "job.finished"]
    assert attempts == 1 + sum(sum(PAUSES_SECONDS[:n]) <= HOUR for n in range(1, 10))
    assert abs(post.receiver.got[1]["at"] - post.now) < 2 * HOUR


def test_a_receiver_that_is_down_for_a_day_is_given_up_and_sent_again_on_demand(post: Post) -> None:
    """It is listed as dead with its reason; sent again it arrives under the same id."""
    post.receiver.answer = answer_with(500)
    post.submit()
    post.finish()
    for pause in (0.0, *PAUSES_SECONDS):
        post.send(after_seconds=pause + 1)

    assert sum(PAUSES_SECONDS) == 24 * HOUR
    assert list(PAUSES_SECONDS) == sorted(PAUSES_SECONDS)
    assert post.receiver.requests == len(PAUSES_SECONDS) + 1
    [(found, dead)] = read_dead(post.connection)
    assert (dead.error, dead.attempts) == ("the answer was 500", len(PAUSES_SECONDS) + 1)
    assert "token" not in dead.place
    assert list(read_open(post.connection)) == []

    post.receiver.answer = answer_with(200)
    assert resend(post.connection, found, dead)
    assert not resend(post.connection, found, dead)
    post.now = time.time()
    post.send()

    assert len({message["id"] for message in post.receiver.got}) == 1
    assert list(read_dead(post.connection)) == []


def test_a_receiver_that_is_gone_is_given_up_at_once(post: Post) -> None:
    """410 means "never again"."""
    post.receiver.answer = answer_with(410)
    post.submit()
    post.finish()
    post.send()
    [(_, dead)] = read_dead(post.connection)
    assert dead.attempts == 1


def test_a_redirect_is_not_followed(post: Post) -> None:
    """It is an answer that takes nothing, wherever it leads."""
    post.receiver.answer = answer_with(307, Location=post.receiver.url.replace("hook", "other"))
    post.submit()
    post.finish()
    post.send()
    assert post.receiver.requests == 1
    [waiting] = read_open(post.connection)
    assert waiting.error == "the answer was 307"


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://localhost/", "http://[::1]/"])
def test_what_is_not_allowed_any_more_is_not_sent(post: Post, url: str) -> None:
    """The janitor checks again: who writes into Redis gets no further than the operator allows."""
    post.connection.rpush(
        keys.WEBHOOK_EVENTS,
        f'{{"job": "{"a" * 32}", "status": "failed", "at": "x",'
        f' "callbacks": "{{\\"url\\": \\"{url}\\", \\"metadata\\": {{}}}}"}}',
    )
    post.send()
    [waiting] = read_open(post.connection)
    assert "is not in KTTS_WEBHOOK_HOSTS" in waiting.error


@pytest.mark.parametrize(
    "entry",
    [
        *(b"", b"x", b"[]", b"\xff", b"null", b"1" * 5000, b"[" * 100_000, b'{"job": 1}'),
        b'{"job": "../../x", "status": "failed", "callbacks": "{}"}',
        *(
            b'{"job": "%s", "status": "failed", "callbacks": %s}' % (b"a" * 32, callbacks)
            for callbacks in (
                *(b"1", b'"{}"', b'"[]"', b'"{\\"url\\": 1, \\"metadata\\": {}}"', b"null"),
                b'"{\\"url\\": \\"ftp://x/\\", \\"metadata\\": {}}"',
                b'"{\\"url\\": \\"http://127.0.0.1/\\", \\"metadata\\": 7}"',
            )
        ),
    ],
)
def test_an_event_that_is_none_is_dropped(post: Post, entry: bytes) -> None:
    """Producers may write events; what they may break by that is their own event."""
    post.connection.rpush(keys.WEBHOOK_EVENTS, entry)
    post.submit()
    post.finish()
    post.send()
    assert post.receiver.types == ["job.finished"]
    assert post.connection.keys("*webhook*") == []


def test_an_event_that_no_script_can_have_written_is_not_even_read(post: Post) -> None:
    """Many of them together do not fill the janitor's memory; a result with a long list is told."""
    for size in (9 << 20, 7 << 20, 7 << 20, 9 << 20):
        post.connection.rpush(keys.WEBHOOK_EVENTS, b"x" * size)
    assert webhooks.enter_deliveries(post.connection, post.now) == 2
    assert post.connection.llen(keys.WEBHOOK_EVENTS) == 0
    post.submit()
    unspoken = [Unspoken(start=0, end=1, text="x", reason="odd")] * 10_000
    post.worker.finish(post.worker.take(), make_request("Hello."), unspoken=unspoken)
    assert len(post.connection.lindex(keys.WEBHOOK_EVENTS, 0)) < 2_000
    post.send()
    assert post.receiver.got[0]["data"]["audio_seconds"] == 2.0


def test_two_janitors_at_once_send_each_message_once_and_in_order(post: Post) -> None:
    """They share the work by leases, a hundred jobs that fail, are retried, and finish."""
    other = Post(post.connection, post.settings, post.receiver)
    for number in range(40):
        job_id = post.submit(f"{number}.")
        post.worker.store.fail(post.worker.take(), "SynthesisError", "no sound")
        post.queue.retry(job_id)
        post.finish(f"{number}.")

    async def both() -> None:
        await asyncio.gather(post.sender.drain(), other.sender.drain())

    asyncio.run(both())
    post.send(after_seconds=webhooks.LEASE_SECONDS + 1)

    by_job: dict[str, list[str]] = {}
    for message in post.receiver.got:
        by_job.setdefault(message["data"]["job_id"], []).append(message["type"])
    assert len(by_job) == 40
    assert all(types == ["job.failed", "job.finished"] for types in by_job.values())


def test_a_certificate_has_to_be_the_named_hosts(
    connection: redis.Redis,
    settings: WorkerSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """TLS is with the name of the URL, whatever address was checked and connected to."""
    make_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
    checked_post._trust.cache_clear()

    async def answer(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    with run_receiver(tmp_path) as receiver:
        post = Post(
            connection,
            settings.model_copy(update={"webhook_hosts": "127.0.0.1,hooks.example.com"}),
            receiver,
        )
        post.sender = WebhookSender(
            connection, post.settings, clock=lambda: post.now, resolver=answer
        )
        post.submit("Its own.")
        post.finish("Its own.")
        post.submit("Another's.", url=receiver.url.replace("127.0.0.1", "hooks.example.com"))
        post.finish("Another's.")
        post.send()
    checked_post._trust.cache_clear()

    assert receiver.url.startswith("https://")
    assert receiver.types == ["job.finished"]
    [waiting] = read_open(connection)
    assert "certificate verify failed" in waiting.error


def test_a_name_that_changes_its_address_is_refused(
    connection: redis.Redis, settings: WorkerSettings, receiver: Receiver
) -> None:
    """A name server that tells the checked address first and loopback then is asked only once."""
    hosts = {"webhook_hosts": "rebound.example.com"}
    post = Post(connection, settings.model_copy(update=hosts), receiver)
    answers = iter((["127.0.0.1"], ["::ffff:127.0.0.1", "10.1.2.3"], ["169.254.169.254"]))

    async def change(_host: str, _port: int) -> list[str]:
        return next(answers)

    post.sender = WebhookSender(connection, post.settings, clock=lambda: post.now, resolver=change)
    port = receiver.url.partition("127.0.0.1:")[2].partition("/")[0]
    post.submit(url=f"http://rebound.example.com:{port}/")
    post.finish()
    for _ in range(3):
        post.send(after_seconds=100)
    assert receiver.requests == 0
    [waiting] = read_open(connection)
    assert "stands for 169.254.169.254, none of them public" in waiting.error


def test_a_slow_receiver_keeps_only_its_own_waiting(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that drips its answer is left after a while; another's message arrives before that."""
    monkeypatch.setattr(checked_post, "ATTEMPT_SECONDS", 1.0)
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        while not over.wait(0.05):
            handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    with run_receiver() as slow:
        slow.answer = drip
        for number in range(6):
            post.submit(f"Slow {number}.", url=slow.url)
            post.finish(f"Slow {number}.")
        post.submit("Quick.")
        post.finish("Quick.")
        began = time.monotonic()
        post.send()
        over.set()

    assert post.receiver.types == ["job.finished"]
    assert time.monotonic() - began < 20
    assert [one.error for one in read_open(post.connection)] == ["no answer in time"] * 6


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0\r\n", b"HTTP/1.1 abc\r\n", b"HTTP/1.1 200", b"x" * 200_000, b""]
)
def test_an_answer_that_is_no_http_is_a_failure(post: Post, answer: bytes) -> None:
    """It is bounded, and tried again later."""

    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(answer)

    post.receiver.answer = say
    post.submit()
    post.finish()
    post.send()
    [waiting] = read_open(post.connection)
    assert waiting.error


def test_two_janitors_do_not_both_send(post: Post) -> None:
    """What one has leased the other does not see; a lease of a dead one runs out."""
    post.submit()
    post.finish()
    webhooks.enter_deliveries(post.connection, post.now)
    [name] = webhooks.find_due(post.connection, post.now, limit=9)
    claimed = webhooks.claim(post.connection, name, post.now)
    assert claimed
    assert webhooks.claim(post.connection, name, post.now) is None
    post.send()
    assert post.receiver.got == []

    post.send(after_seconds=webhooks.LEASE_SECONDS + 1)
    assert post.receiver.types == ["job.finished"]
    webhooks.settle(post.connection, *claimed, post.now, error="too late")
    assert post.connection.keys("*webhook*") == []


def test_all_that_is_kept_expires(post: Post) -> None:
    """Nothing of a webhook stays in Redis for ever where no janitor comes."""
    post.receiver.answer = answer_with(500)
    post.submit()
    post.finish()
    assert 0 < post.connection.ttl(keys.WEBHOOK_EVENTS) <= 7 * 86_400
    post.send()
    [waiting] = read_open(post.connection)
    assert 0 < post.connection.ttl(keys.webhooks(waiting.receiver)) <= 7 * 86_400
    post.connection.delete(keys.webhooks(waiting.receiver))
    post.send(after_seconds=100)
    assert post.connection.keys("*webhook*") == []


def test_without_a_secret_nothing_is_sent_and_nothing_is_lost(post: Post) -> None:
    """The reason is listed, and as soon as there is one the message goes out."""
    bare = post.settings.model_copy(update={"webhook_secret": ""})
    sender, post.sender = post.sender, WebhookSender(post.connection, bare, clock=lambda: post.now)
    post.submit()
    post.finish()
    post.send()
    [waiting] = read_open(post.connection)
    assert "KTTS_WEBHOOK_SECRET is not set" in waiting.error
    post.sender = sender
    post.send(after_seconds=6)
    assert post.receiver.types == ["job.finished"]


_KILLED = """
import os, signal, sys
from jobs.queue import lua_calls
from jobs.queue.lua_calls import ScriptCall
name, moment = sys.argv.pop(1), sys.argv.pop(1)
run = ScriptCall.run
def die(call, connection):
    if call.script == name and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    answer = run(call, connection)
    if call.script == name and answer:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
ScriptCall.run = die
from worker.janitor.janitor import main
main()
"""


@pytest.mark.parametrize(
    ("script", "moment"),
    [
        *(("enter_delivery", "after"), ("claim_delivery", "after")),
        *(("settle_delivery", "before"), ("settle_delivery", "after")),
    ],
)
def test_a_janitor_that_is_killed_loses_nothing(
    post: Post, tmp_path: Path, process_environment: dict[str, str], script: str, moment: str
) -> None:
    """Killed at each step of a delivery: the next janitor brings it, at least once, in order."""
    job_id = post.submit()
    post.worker.store.fail(post.worker.take(), "SynthesisError", "no sound")
    post.queue.retry(job_id)
    post.finish()
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, script, moment],
        env=process_environment
        | {"KTTS_WEBHOOK_HOSTS": "127.0.0.1", "KTTS_WEBHOOK_SECRET": SECRET},
        cwd=ROOT,
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    post.send(after_seconds=2 * webhooks.LEASE_SECONDS)

    assert list(dict.fromkeys(post.receiver.types)) == ["job.failed", "job.finished"]
    assert sorted(post.receiver.types) == post.receiver.types
    assert len({message["id"] for message in post.receiver.got}) == 2


def test_a_janitor_tells_within_a_second(
    post: Post, settings: WorkerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sender runs beside the sweeps."""
    janitor = Janitor(post.connection, settings)
    stopping = threading.Event()
    sender = threading.Thread(target=janitor._webhooks.run, args=(stopping,))
    sender.start()
    try:
        post.submit()
        post.finish()
        eventually(lambda: post.receiver.got, 10)
    finally:
        stopping.set()
        sender.join(10)
    assert not sender.is_alive()


def test_a_redis_that_forgets_everything_forgets_no_caller(
    connection: redis.Redis, settings: WorkerSettings, receiver: Receiver, tmp_path: Path
) -> None:
    """With an outbox every caller of a job is in its entry, and the replayed job tells them all."""
    settings = settings.model_copy(update={"outbox_dir": tmp_path / "outbox"})
    post = Post(connection, settings, receiver)
    for caller in "12":
        post.submit(metadata={"caller": caller})
    connection.flushall()
    post.worker.beat()
    assert len(list(Janitor(connection, settings).replay_outbox())) == 1
    post.finish()
    post.send()
    callers = sorted(message["data"]["metadata"]["caller"] for message in receiver.got)
    assert callers == ["1", "2"]


def test_a_callback_changes_no_identity_and_is_not_the_workers_to_know(post: Post) -> None:
    """Id, name of parts and what the worker gets are those of the request without it."""
    plain = make_request("Hello.")
    told = make_request("Hello.", callback_url=post.receiver.url)
    assert (plain.job_id, part_name(plain)) == (told.job_id, part_name(told))
    post.submit()
    _, arguments = post.worker.store.read_call(post.worker.take())
    assert "callback_url" not in arguments["request"]


def test_a_retry_tells_all_who_were_to_be_told(post: Post) -> None:
    """Not only the caller whose request is in the record."""
    for caller in "12":
        job_id = post.submit(metadata={"caller": caller})
    post.worker.store.fail(post.worker.take(), "SynthesisError", "no sound")
    post.queue.retry(job_id)
    post.finish()
    post.send()
    told = sorted((one["data"]["metadata"]["caller"], one["type"]) for one in post.receiver.got)
    assert told == [(caller, event) for caller in "12" for event in ("job.failed", "job.finished")]
