"""What a worker looks at before its first job."""

from __future__ import annotations

import redis

from tests.conftest import Server
from worker.supervision.neighbours import find_dangers


def test_a_user_who_may_not_look_around_still_works(
    connection: redis.Redis, server: Server
) -> None:
    """What cannot be seen is no reason to take no jobs."""
    connection.acl_setuser(
        "worker", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-scan", "-info"]
    )
    with redis.Redis.from_url(f"{server.url}?username=worker&password=any") as narrow:
        assert list(find_dangers(narrow, ["default"])) == []
    connection.acl_deluser("worker")
