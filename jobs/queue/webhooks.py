"""Deliveries of webhooks as Redis has them: what happened, what is due, what was given up.

The script that ends a job writes an event, with who is to be told. A janitor makes a delivery for
each of them, leases one at a time, and moves it on. All deliveries about one job to one receiver
are one list, of which only the first is sent: so they arrive in the order of the job's life.
"""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, cast

import redis
from rq.utils import now as rq_now
from rq.utils import utcformat

from ..callback import read_receiver
from ..errors import InvalidRequest
from . import keys, lua_calls
from .connection import as_text

PAUSES_SECONDS = (
    *(5, 15, 60, 5 * 60, 15 * 60, 30 * 60, 3600, 2 * 3600, 3 * 3600, 4 * 3600, 5 * 3600),
    29_320,
)
"""Before each further attempt; a day in all. After the last one the delivery is given up."""

LEASE_SECONDS = 60.0
"""So long no other janitor sends what one has claimed; far longer than an attempt may take."""

EVENTS_AT_ONCE = 100
ORIGIN_CHARACTERS = 8
"""Digits at the beginning of a list's name that are the same for all lists of one server."""

_EVENT_STATUS = {"finished": "finished", "failed": "failed", "canceled": "cancelled"}
_ID = re.compile("[0-9a-f]{32}")
_MAX_MESSAGE_CHARACTERS = 1_000
_RESULT_FIELDS = ("output_file", "format", "audio_seconds", "characters", "sha256")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to one receiver."""

    id: str
    """The same in every attempt, so that a receiver knows what it has already."""
    receiver: str
    """Name of the list that it is in."""
    url: str
    body: str
    """JSON, as it is signed and sent."""
    event: str
    """For example job.finished."""
    subject: str
    """Id of the job or batch."""
    attempts: int = 0
    error: str = ""
    """Why the last attempt failed."""
    next_at: float = 0.0
    """When the next attempt is due (s)."""

    def dump(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self))

    @property
    def place(self) -> str:
        """The URL without its query, which may hold a secret."""
        return read_receiver(self.url).place

    @property
    def host(self) -> str:
        """For logs: of many services the path is a secret, too."""
        return read_receiver(self.url).authority


def write_event(
    connection: redis.Redis, batch_id: str, status: str, callback: str, facts: Mapping[str, Any]
) -> None:
    """Enter what has happened to a batch; `facts` go into the message, `turn` names the event."""
    event = {"batch": batch_id, "status": status, "callbacks": callback, **facts}
    event["at"] = utcformat(rq_now())
    connection.rpush(keys.WEBHOOK_EVENTS, json.dumps(event))


def enter_deliveries(connection: redis.Redis, now: float) -> int:
    """Make deliveries of what has happened; return how many events there were."""
    events: list[bytes] = lua_calls.read_events(EVENTS_AT_ONCE).run(connection)
    for event in events:
        made = {one.receiver: one.dump() for one in _read_event(event)}
        lua_calls.enter_delivery(keys.WEBHOOK_EVENTS, event, made, now=now).run(connection)
    return len(events)


def find_due(connection: redis.Redis, now: float, *, limit: int) -> list[str]:
    """Return the names of receivers whose next delivery is due, the longest waiting first."""
    found = connection.zrangebyscore(keys.WEBHOOKS_DUE, "-inf", now, start=0, num=limit)
    return [as_text(name) for name in cast("list[bytes]", found)]


def claim(connection: redis.Redis, receiver: str, now: float) -> tuple[bytes, Delivery] | None:
    """Lease the next delivery of a receiver, and return it as it stands and read."""
    call = lua_calls.claim_delivery(receiver, now=now, lease_seconds=LEASE_SECONDS)
    found: bytes | None = call.run(connection)
    return (found, _read_delivery(found)) if found else None


def settle(
    connection: redis.Redis,
    before: bytes,
    delivery: Delivery,
    now: float,
    *,
    error: str = "",
    is_final: bool = False,
) -> Delivery:
    """End an attempt, which failed if there is an `error`, and return the delivery as it is now."""
    after = replace(delivery, attempts=delivery.attempts + 1, error=error)
    is_dead = bool(error) and (is_final or after.attempts > len(PAUSES_SECONDS))
    next_at = now
    if error and not is_dead:
        next_at += PAUSES_SECONDS[delivery.attempts]
    after = replace(after, next_at=next_at)
    lua_calls.settle_delivery(
        delivery.receiver,
        before,
        after.dump() if error else "",
        next_due=next_at,
        is_dead=is_dead,
    ).run(connection)
    return after


def read_open(connection: redis.Redis) -> Iterator[Delivery]:
    """Yield what is still to be sent, the next one due first."""
    for name in cast("list[bytes]", connection.zrange(keys.WEBHOOKS_DUE, 0, -1)):
        for found in _read_list(connection, keys.webhooks(as_text(name))):
            yield _read_delivery(found)


def read_dead(connection: redis.Redis) -> Iterator[tuple[bytes, Delivery]]:
    """Yield what was given up as it stands and read, the oldest first."""
    for found in _read_list(connection, keys.DEAD_WEBHOOKS):
        yield found, _read_delivery(found)


def resend(connection: redis.Redis, found: bytes, delivery: Delivery) -> bool:
    """Send a delivery that was given up once more, as if it were new; say whether it was there."""
    again = replace(delivery, attempts=0, error="", next_at=time.time())
    call = lua_calls.enter_delivery(
        keys.DEAD_WEBHOOKS, found, {again.receiver: again.dump()}, now=again.next_at
    )
    return bool(call.run(connection))


def _read_list(connection: redis.Redis, key: str) -> list[bytes]:
    return cast("list[bytes]", connection.lrange(key, 0, -1))


def _read_delivery(found: bytes) -> Delivery:
    """Return a delivery that a janitor of this or another version has written."""
    known = {field.name for field in fields(Delivery)}
    return Delivery(**{key: value for key, value in json.loads(found).items() if key in known})


def _read_event(entry: bytes) -> Iterator[Delivery]:
    """Yield the deliveries of an event; whoever may write events may have written anything."""
    try:
        event = json.loads(entry)
    except (ValueError, RecursionError):
        return
    if not isinstance(event, dict) or not all(isinstance(key, str) for key in event):
        return
    kind = "batch" if "batch" in event else "job"
    subject, status = str(event.get(kind)), _EVENT_STATUS.get(str(event.get("status")))
    if not _ID.fullmatch(subject) or status is None:
        return
    at, facts = str(event.get("at", ""))[:40], _read_facts(event)
    for line in dict.fromkeys(str(event.get("callbacks", "")).split("\n")):
        try:
            callback = json.loads(line)
            url, metadata = callback["url"], dict(callback["metadata"])
            origin = read_receiver(url)
        except (ValueError, RecursionError, TypeError, KeyError, InvalidRequest):
            continue
        data = {f"{kind}_id": subject, "status": status, **facts, "metadata": metadata}
        turn = str(event.get("turn", at))
        yield Delivery(
            id=f"msg_{_hash(subject, status, turn, line)}",
            receiver=_hash(origin.authority)[:ORIGIN_CHARACTERS] + _hash(subject, line),
            url=url,
            body=json.dumps({"type": f"{kind}.{status}", "timestamp": at, "data": data}),
            event=f"{kind}.{status}",
            subject=subject,
        )


def _read_facts(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the message tells of result and error, where there is one."""
    facts: dict[str, Any] = {}
    result = _read_object(event.get("outcome"))
    facts |= {name: result[name] for name in _RESULT_FIELDS if name in result}
    if error := _read_object(event.get("error")):
        facts["error"] = {
            "name": str(error.get("name", ""))[:100],
            "message": str(error.get("message", ""))[:_MAX_MESSAGE_CHARACTERS],
        }
    return facts | {name: event[name] for name in ("title", "files") if name in event}


def _read_object(document: object) -> dict[str, Any]:
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:32]
