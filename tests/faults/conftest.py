"""Fixtures for the fault tests: a server to hurt, and processes on it."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Server
from tests.faults.outage import Outage
from tests.faults.processes import Stable, open_stable

ALARM_SECONDS = 240
"""A test that hangs longer than this is broken off, whatever it waits for."""


MODEL_ALARM_SECONDS = 850
"""The same with the real model, which takes its time to load."""


@pytest.fixture(autouse=True)
def _alarm(request: pytest.FixtureRequest) -> Iterator[None]:
    has_model = request.node.get_closest_marker("model") is not None
    seconds = MODEL_ALARM_SECONDS if has_model else ALARM_SECONDS

    def ring(_number: int, _frame: object) -> None:
        pytest.fail(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def stable(own_server: Server, tmp_path: Path) -> Iterator[Stable]:
    """Yield a server of the test's own and the means to start processes on it."""
    made = Stable(own_server, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="package")
def minute_outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    """Yield an outage that ends by itself after a minute."""
    with open_stable(tmp_path_factory.mktemp("outage")) as made:
        outage = Outage(made, chunks=70, pace=1.0)
        with outage.lasting(60):
            yield outage


@pytest.fixture(scope="package", autouse=True)
def _begin_early(request: pytest.FixtureRequest) -> None:
    """Let the minute pass while other tests run, where a test asks for it at all.

    Among several processes of the test runner the others run them anyway.
    """
    is_one_of_several = hasattr(request.config, "workerinput")
    if not is_one_of_several and any(
        "minute_outage" in item.fixturenames for item in request.session.items
    ):
        request.getfixturevalue("minute_outage")


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """Yield a directory whose path is short enough for a socket in it."""
    directory = Path(tempfile.mkdtemp(prefix="ktts-"))
    yield directory
    shutil.rmtree(directory)
