"""A burst of a thousand submits: each is accepted or refused, and what was accepted is there."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from jobs.queue import keys
from tests.conftest import run_server
from tests.fakes.web import Site
from tests.scripts.webapp.load import measure

ROOM = 900


@pytest.fixture
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, httpx.Client]]:
    """Yield a gateway whose queue has room for fewer than come; nobody works."""
    for server in run_server():
        site = Site(server, tmp_path_factory.mktemp("narrow"))
        with site.serve(KTTS_MAX_QUEUED_JOBS=str(ROOM)) as client:
            yield site, client


def test_a_thousand_at_once_are_accepted_or_refused(narrow: tuple[Site, httpx.Client]):
    """None gets another answer or none; exactly the accepted ones wait in the queue."""
    import redis

    site, client = narrow
    figures = measure(site.url, "the burst")
    with redis.Redis.from_url(site.settings.redis_url) as connection:
        waiting = [name.decode() for name in connection.lrange(keys.queue("default"), 0, -1)]

    assert (figures["accepted"], figures["refused"]) == (ROOM, 1_000 - ROOM)
    assert sorted(waiting) == sorted(figures["job_ids"])
    assert client.get("/v1/queue").json()["waiting"]["default"] == ROOM
