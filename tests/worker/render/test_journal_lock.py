from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from jobs.errors import JournalBusy
from jobs.playback.journal import lock_file
from worker.render.journal_writer import hold_lock


def test_the_lock_of_a_removed_file_is_not_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the holder removes the directory just before the lock is got, a new one is made."""
    flock = fcntl.flock
    calls = 0

    def flock_late(descriptor: int, operation: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            shutil.rmtree(tmp_path / "job")
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock_late)

    with hold_lock(tmp_path / "job"):
        assert lock_file(tmp_path / "job").exists()
        with pytest.raises(JournalBusy), hold_lock(tmp_path / "job"):
            pass

    with hold_lock(tmp_path / "job"):
        pass
