"""Fixtures of the tests that keep the books without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest
import redis

from jobs.settings import QueueSettings
from scripts.cli import main
from tests.clerk import Clerk
from tests.commands import Done, Ktts, start_worker
from tests.conftest import run_server
from tests.web import Site
from worker.settings import WorkerSettings
from worker.supervision.job_store import HeldJob


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


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a gateway and a worker on a server of their own, where a chunk takes 0.2 s."""
    for server in run_server():
        made = Site(server, tmp_path_factory.mktemp("site"))
        with made.serve(), made.worker(pace=0.2):
            yield made


@pytest.fixture
def web(site: Site) -> Iterator[httpx.Client]:
    """Yield a client of the gateway."""
    with httpx.Client(base_url=site.url, timeout=60) as client:
        yield client


@pytest.fixture
def ktts(
    process_environment: dict[str, str],
    desk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ktts:
    """Return a function that runs one command to its end, in an empty directory."""
    monkeypatch.chdir(desk)

    def run(*arguments: str, **environment: str) -> Done:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (process_environment | environment).items():
                patch.setenv(name, value)
            try:
                code = main(arguments)
            except SystemExit as exit_:  # argparse ends that way
                code = exit_.code
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return the empty directory in which the commands run."""
    desk = tmp_path / "desk"
    desk.mkdir()
    return desk


@pytest.fixture
def worker(process_environment: dict[str, str]) -> Iterator[None]:
    """Run a real worker with the tone engine until the test has ended."""
    with start_worker(process_environment):
        yield
