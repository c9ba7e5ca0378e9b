"""A client's own key for a submit: sent twice, it is carried out once.

Content alone makes most submits safe to repeat; a key also covers ``again``, and catches a client
that reuses one for something else.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Header, Response

from jobs.errors import InvalidRequest, QueueUnavailable
from jobs.queue import keys
from jobs.queue.async_queue import AsyncSpeechQueue
from jobs.queue.connection import as_text, queue_errors
from scripts.webapp.gateway import Gateway
from scripts.webapp.schemas.problems import NotNow

KEEP_SECONDS = 24 * 3_600
"""How long a key is remembered."""

PENDING_SECONDS = 60
"""How long a submit that never ended, with its server, keeps its key; one under way renews that."""

MAX_KEY_CHARACTERS = 255

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=MAX_KEY_CHARACTERS,
        description="A key of your own, best a UUID: sent twice, it is carried out once",
    ),
]


async def answer_once(
    gateway: Gateway,
    response: Response,
    key: tuple[str, str | None],
    body: dict[str, Any],
    work: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Return what `work` returns, or returned under this key before; the answer's header says so.

    Errors as `submit_once`. The key is that of an owner; without one it is done each time.
    """
    owner, name = key
    if name is None:
        return await work()
    answer, is_repeated = await submit_once(gateway.queue, name, body, work, owner=owner)
    if is_repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return answer


async def submit_once(
    queue: AsyncSpeechQueue,
    key: str,
    body: dict[str, Any],
    submit: Callable[[], Awaitable[dict[str, Any]]],
    *,
    owner: str = "",
) -> tuple[dict[str, Any], bool]:
    """Run `submit` unless it was run under this key before; then return what it returned.

    Args:
        queue: Whose server remembers.
        key: The client's.
        body: What the client sent.
        submit: Does it; its answer is JSON.
        owner: Whose key it is: two owners' keys are two.

    Returns:
        The answer, and whether it is a repeated one.

    Raises:
        InvalidRequest: the key came with another body before.
        NotNow: the first request with this key is still under way.
        QueueUnavailable: Redis does not answer.
    """
    # No owner's name has such a byte, and no header.
    whole = f"{owner}\0{key}" if owner else key
    name = keys.idempotency(hashlib.sha256(whole.encode()).hexdigest())
    digest = await run_sync(_digest, body)
    connection: Any = queue.connection
    pending = json.dumps({"body": digest, "answer": None, "by": secrets.token_hex(8)})
    with queue_errors():
        is_first = await connection.set(name, pending, nx=True, ex=PENDING_SECONDS)
        known = None if is_first else await connection.get(name)
    if known is not None:
        return _repeat(json.loads(known), digest), True
    renewal = asyncio.create_task(_renew(connection, name))
    try:
        answer = await submit()
    except BaseException:
        # Refused or cut off: the next try is the first again.
        with queue_errors():
            if as_text(await connection.get(name) or "") == pending:
                await connection.delete(name)
        raise
    finally:
        renewal.cancel()
    with queue_errors():
        await connection.set(name, json.dumps({"body": digest, "answer": answer}), ex=KEEP_SECONDS)
    return answer, False


async def _renew(connection: Any, name: str) -> None:
    """Keep the key while its submit is under way, however long a book is read."""
    while True:
        await asyncio.sleep(PENDING_SECONDS / 3)
        with suppress(QueueUnavailable), queue_errors():
            await connection.expire(name, PENDING_SECONDS)


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _repeat(known: dict[str, Any], digest: str) -> dict[str, Any]:
    if known["body"] != digest:
        raise _about_key(
            "this Idempotency-Key came with another body before; use a new key for a new request"
        )
    if known["answer"] is None:
        raise NotNow("the first request with this Idempotency-Key is under way; try again")
    answer: dict[str, Any] = known["answer"]
    return answer


def _about_key(message: str) -> InvalidRequest:
    error = InvalidRequest(message)
    error.field = "Idempotency-Key"
    return error
