"""Webhooks over HTTP: asked for at the gateway, which may die at once, and sent by the janitor."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from jobs import connect
from jobs.queue import keys
from jobs.queue.queue import SpeechQueue
from tests.conftest import eventually
from tests.fakes.receiver import SECRET, run_receiver
from tests.fakes.web import START_SECONDS, Site, make_text
from worker.janitor.book_rounds import BookRounds
from worker.janitor.webhook_sender import WebhookSender
from worker.settings import WorkerSettings

BOOK = b"# The Room\n\n## One\n\nThe room was told of.\n"


@pytest.mark.parametrize("url", ["https://hooks.example.com/", "http://169.254.169.254/", "x"])
def test_a_callback_is_refused_before_any_work(site: Site, web: httpx.Client, url: str) -> None:
    """Where nobody is allowed to be told, of a job as of a book."""
    fields: dict[str, Any] = {"text": f"Refused {url}", "callback_url": url}
    form = {"callback_url": url}
    answers = [
        web.post("/v1/jobs", json=fields),
        web.post("/v1/batches", files={"file": ("book.md", BOOK)}, data=form),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert answer.json()["field"] == "callback_url"
    assert not list(site.settings.output_dir.glob("books/*/callback*"))


def test_a_gateway_that_is_killed_has_promised_nothing_in_vain(site: Site) -> None:
    """Job and book are told of with the labels that their callers gave, each at least once."""
    doomed = Site(site.server, site.directory, KTTS_WEBHOOK_HOSTS="127.0.0.1")
    with run_receiver() as receiver, doomed.serve() as client:
        labels = {"user": "42"}
        body = {
            "text": make_text("a told job", 1),
            "callback_url": receiver.url,
            "metadata": labels,
        }
        job = client.post("/v1/jobs", json=body).json()["id"]
        form = {"callback_url": receiver.url, "metadata": '{"user": "42"}', "format": "flac"}
        book = client.post("/v1/batches", files={"file": ("book.md", BOOK)}, data=form)
        assert book.status_code == 202, book.text
        wrong = form | {"metadata": '{"user": 42}'}
        refused = client.post("/v1/batches", files={"file": ("book.md", BOOK)}, data=wrong)
        assert refused.status_code == 422
        assert doomed.gateway is not None
        doomed.gateway.running.kill()

        with connect(site.settings.redis_url) as connection:
            given = site.settings.model_dump() | {"webhook_hosts": "127.0.0.1"}
            settings = WorkerSettings(**given, webhook_secret=SECRET)
            rounds = BookRounds(SpeechQueue(connection, settings))
            sender = WebhookSender(connection, settings)

            def are_told() -> bool:
                rounds.advance()
                asyncio.run(sender.drain())
                return len(receiver.got) >= 2

            eventually(are_told, START_SECONDS)
            assert connection.keys(keys.WEBHOOK_EVENTS) == []

    told = {message["type"]: message["data"] for message in receiver.got}
    assert told["job.finished"]["job_id"] == job
    assert told["batch.finished"]["batch_id"] == book.json()["id"]
    assert [data["metadata"] for data in told.values()] == [labels, labels]
    assert told["batch.finished"]["files"][0]["name"].endswith(".flac")
