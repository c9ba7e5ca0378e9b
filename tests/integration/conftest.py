"""Fixtures of the tests that keep the books without a model."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
import redis

from jobs.settings import QueueSettings
from tests.clerk import Clerk
from worker.settings import WorkerSettings
from worker.supervision.ledger import HeldJob


@pytest.fixture
def worker_settings(queue_settings: QueueSettings) -> WorkerSettings:
    """Return a worker's settings on the test's server and directories."""
    return WorkerSettings(
        redis_url=queue_settings.redis_url,
        output_dir=queue_settings.output_dir,
        work_dir=queue_settings.work_dir,
    )


@pytest.fixture
def clerk(connection: redis.Redis, worker_settings: WorkerSettings) -> Clerk:
    """Return a worker that lives."""
    return Clerk(connection, worker_settings)


@pytest.fixture
def take_next(connection: redis.Redis, worker_settings: WorkerSettings) -> Callable[..., HeldJob]:
    """Return a function that lets a new worker take the next job; a worker holds one at a time."""
    numbers = count(1)

    def take(*, rotate: bool = False) -> HeldJob:
        return Clerk(connection, worker_settings, f"worker-{next(numbers)}").take(rotate=rotate)

    return take
