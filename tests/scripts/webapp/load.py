"""A burst of submits over HTTP: how many are accepted, and how long each takes.

``python -m tests.scripts.webapp.load URL [N]`` sends N (1,000) submits at once, each on a
connection of its
own, to a running ``ktts web``. The last line of standard output is ``{"sent", "accepted",
"refused", "other", "seconds", "p50_seconds", "p99_seconds", "job_ids"}``. A plain client on
asyncio's streams, so that the time measured is the server's.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SUBMITS = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One submit's answer."""

    status: int
    body: dict[str, Any]
    seconds: float


async def submit_burst(url: str, texts: list[str]) -> list[Answer]:
    """Submit all `texts` at once."""
    return list(await asyncio.gather(*(_submit(url, text) for text in texts)))


def sum_up(answers: list[Answer], seconds: float) -> dict[str, Any]:
    """Return the figures of a burst."""
    statuses = [answer.status for answer in answers]
    times = sorted(answer.seconds for answer in answers)
    return {
        "sent": len(answers),
        "accepted": statuses.count(202),
        "refused": statuses.count(429),
        "other": len(answers) - statuses.count(202) - statuses.count(429),
        "seconds": round(seconds, 3),
        "p50_seconds": round(times[len(times) // 2], 3),
        "p99_seconds": round(times[len(times) * 99 // 100], 3),
        "job_ids": [answer.body["id"] for answer in answers if answer.status == 202],
    }


def measure(url: str, label: str, count: int = SUBMITS) -> dict[str, Any]:
    """Send a burst of texts that nobody else sends and return its figures."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    texts = [f"Submit number {number} of {label}." for number in range(count)]
    started = time.monotonic()
    answers = asyncio.run(submit_burst(url, texts))
    return sum_up(answers, time.monotonic() - started)


async def _submit(url: str, text: str) -> Answer:
    place = urlsplit(url)
    body = json.dumps({"text": text}).encode()
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    started = time.monotonic()
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(head.encode() + body)
    answer = await reader.read()
    seconds = time.monotonic() - started
    writer.close()
    status_line, _, rest = answer.partition(b"\r\n")
    return Answer(
        int(status_line.split()[1]), json.loads(rest.partition(b"\r\n\r\n")[2] or b"{}"), seconds
    )


if __name__ == "__main__":
    figures = measure(sys.argv[1], str(time.time()), int(sys.argv[2]) if sys.argv[2:] else SUBMITS)
    print(json.dumps(figures))
