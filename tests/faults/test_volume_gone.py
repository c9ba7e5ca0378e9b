"""A volume that vanishes: work waits, health says so, and nothing is written to the mount point."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.request import SpeechStatus
from tests.conftest import eventually
from tests.faults.processes import Stable, make_request


def _mount(place: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "ktts-test", str(place)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _unmount(place: Path) -> None:
    """Take it away, as a server of files that is lost does, although somebody is there."""
    subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)


@pytest.fixture
def volume(stable: Stable) -> Iterator[Path]:
    """Yield where a file system is mounted, which the output directory lies on."""
    place = stable.settings.output_dir
    place.mkdir()
    if not _mount(place):
        pytest.skip("nothing can be mounted here; it needs root, and a container its rights")
    yield place
    _unmount(place)


def test_jobs_wait_for_a_volume_that_is_gone(stable: Stable, volume: Path) -> None:
    """One that runs is put back, one that comes is not taken; both end when it is back."""
    worker = stable.worker(pace=0.1)
    running = stable.queue.submit(make_request(1, chunks=30))
    eventually(lambda: stable.chunks_of(running))

    _unmount(volume)
    eventually(lambda: "has gone away" in worker.log)
    eventually(lambda: running.status() is SpeechStatus.QUEUED)
    waiting = stable.queue.submit(make_request(2))
    health = stable.start("-m", "worker.health")
    assert health.wait() == 1
    assert f"volume: {volume} has gone away: nothing is mounted at {volume}" in health.log
    assert waiting.status() is SpeechStatus.QUEUED
    assert list(volume.iterdir()) == []

    assert _mount(volume)
    for job in (running, waiting):
        assert Path(job.wait(60).path).is_file()
    assert stable.chunks_made_twice() == []
    assert "the volume is back" in worker.log
