"""A key is kept while its submit is under way, however long, and freed by its own end alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis

from jobs import AsyncSpeechQueue, InvalidRequest
from jobs.settings import QueueSettings
from scripts.webapp.guard import idempotency
from scripts.webapp.guard.idempotency import submit_once
from scripts.webapp.schemas.problems import NotNow

BODY = {"text": "x"}


def test_a_submit_that_takes_longer_than_a_dead_one_keeps_its_key(
    queue_settings: QueueSettings, monkeypatch: pytest.MonkeyPatch
):
    """An upload is read for minutes: its equal is told to wait all the while, and then answered."""
    monkeypatch.setattr(idempotency, "PENDING_SECONDS", 1)
    done = 0

    async def serve() -> tuple[int, Any]:
        is_seen = asyncio.Event()

        async def upload() -> dict[str, str]:
            nonlocal done
            done += 1
            await is_seen.wait()
            return {"id": "one"}

        async with AsyncSpeechQueue(queue_settings) as queue:
            first = asyncio.create_task(submit_once(queue, "key", BODY, upload))
            refusals = 0
            loop = asyncio.get_running_loop()
            end = loop.time() + 2.5
            while loop.time() < end:
                await asyncio.sleep(0.1)
                with pytest.raises(NotNow):
                    await submit_once(queue, "key", BODY, upload)
                refusals += 1
            is_seen.set()
            await first
            return refusals, await submit_once(queue, "key", BODY, upload)

    refusals, answer = asyncio.run(serve())

    assert refusals > 5
    assert done == 1
    assert answer == ({"id": "one"}, True)


def test_a_submit_that_fails_frees_its_own_key_alone(
    queue_settings: QueueSettings, connection: redis.Redis
):
    """The next is the first again; what another has come to hold meanwhile stays."""

    async def fail() -> dict[str, str]:
        raise InvalidRequest("x")

    async def succeed() -> dict[str, str]:
        return {"id": "two"}

    async def lose_and_fail() -> dict[str, str]:
        connection.set(connection.keys("ktts:idempotency:*")[0], "another's")
        raise InvalidRequest("x")

    async def serve() -> Any:
        async with AsyncSpeechQueue(queue_settings) as queue:
            with pytest.raises(InvalidRequest):
                await submit_once(queue, "key", BODY, fail)
            answer = await submit_once(queue, "key", BODY, succeed)
            connection.flushdb()
            with pytest.raises(InvalidRequest):
                await submit_once(queue, "key", BODY, lose_and_fail, owner="ann")
            return answer

    assert asyncio.run(serve()) == ({"id": "two"}, False)
    [key] = connection.keys("ktts:idempotency:*")
    assert connection.get(key) == b"another's"
