"""``ktts submit --callback-url`` asks to be told; ``ktts webhooks`` shows what is not told yet."""

from __future__ import annotations

import asyncio
import json

import pytest
import redis

from jobs.queue.queue import SpeechQueue
from jobs.queue.webhooks import PAUSES_SECONDS
from tests.fakes.commands import Ktts
from tests.fakes.fake_worker import FakeWorker, make_request
from tests.fakes.receiver import SECRET
from worker.janitor.webhook_sender import WebhookSender
from worker.settings import WorkerSettings

URL = "http://127.0.0.1:9/hook?token=secret"
ALLOWED = {"KTTS_WEBHOOK_HOSTS": "127.0.0.1:9"}


@pytest.fixture
def fail(
    ktts: Ktts,
    connection: redis.Redis,
    fake_worker: FakeWorker,
    worker_settings: WorkerSettings,
):
    """Return a function that submits a text, ends its job and has so many attempts fail."""

    def run(text: str, attempts: int) -> None:
        done = ktts("submit", text, "--callback-url", URL, "--metadata", "user=42", **ALLOWED)
        assert done.returncode == 0, done.stderr
        fake_worker.finish(fake_worker.take(), make_request(text))
        now = [1e9]
        settings = {"webhook_hosts": "127.0.0.1:9", "webhook_secret": SECRET}
        sender = WebhookSender(
            connection, worker_settings.model_copy(update=settings), clock=lambda: now[0]
        )
        for pause in (0.0, *PAUSES_SECONDS)[:attempts]:
            now[0] += pause + 1
            asyncio.run(sender.drain())

    return run


def test_a_callback_url_is_refused_where_no_host_is_allowed(ktts: Ktts, queue: SpeechQueue) -> None:
    """Nothing is submitted; the message names the setting."""
    for more in ({}, {"KTTS_WEBHOOK_HOSTS": "hooks.example.com"}):
        done = ktts("submit", "Hello.", "--callback-url", URL, **more)
        assert done.returncode == 65
        assert "KTTS_WEBHOOK_HOSTS" in done.stderr
    assert queue.jobs() == []
    assert ktts("submit", "Hello.", "--metadata", "user").returncode == 2


def test_what_waits_and_what_was_given_up_is_shown_and_sent_again(fail, ktts: Ktts) -> None:
    """With state, reason and time, never with the query of the URL."""
    assert "nothing is to be sent" in ktts("webhooks").stdout
    fail("One.", len(PAUSES_SECONDS) + 1)
    fail("Two.", 1)

    shown = ktts("webhooks", "--json")
    waiting, dead = json.loads(shown.stdout.splitlines()[-1])
    assert (waiting["state"], dead["state"]) == ("waiting", "dead")
    assert dead["attempts"] == len(PAUSES_SECONDS) + 1
    assert dead["url"] == "http://127.0.0.1:9/hook"
    assert dead["error"]
    assert "token" not in shown.stdout

    assert ktts("webhooks", "resend").returncode == 2
    assert ktts("webhooks", "resend", "msg_nosuch").returncode == 68
    sent = ktts("webhooks", "resend", dead["id"][:12], "--json")
    assert json.loads(sent.stdout) == [dead["id"]]
    states = [
        one["state"] for one in json.loads(ktts("webhooks", "--json").stdout.splitlines()[-1])
    ]
    assert states == ["waiting", "waiting"]
    assert json.loads(ktts("webhooks", "resend", "--all", "--json").stdout) == []
