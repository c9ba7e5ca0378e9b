from __future__ import annotations

from pathlib import Path

import pytest

from worker.volume import MountWatch, inspect_volume


def test_volume_is_tried_and_left_as_it_was(tmp_path):
    """The trial file is gone afterwards."""
    found = inspect_volume(tmp_path, needs_locks=True)

    assert found.writable
    assert found.free_bytes > 0
    assert list(tmp_path.iterdir()) == []


def test_absent_volume_is_not_created(tmp_path):
    """A directory that can be made counts as writable, and looking does not make it."""
    found = inspect_volume(tmp_path / "data" / "output")

    assert found.writable
    assert "created at the first job" in found.detail
    assert not (tmp_path / "data").exists()


def test_volume_that_cannot_be_written_is_reported(tmp_path):
    """A file stands where the directory should be."""
    (tmp_path / "output").write_text("")

    found = inspect_volume(tmp_path / "output")

    assert not found.writable
    assert "cannot be written" in found.detail


MOUNT = "36 35 98:0 / {} rw,noatime master:1 - ext4 /dev/root rw\n"


@pytest.mark.parametrize("name", ["nas", "with space"])
def test_a_directory_whose_file_system_is_gone_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whether the mount point is the directory or above it; what is mounted later is welcome."""
    mounts, nas = tmp_path / "mountinfo", tmp_path / name
    escaped = str(nas).replace(" ", "\\040")
    with_nas = MOUNT.format("/") + MOUNT.format(escaped)
    monkeypatch.setattr("worker.volume.MOUNTS", mounts)
    mounts.write_text(with_nas)
    watches = [MountWatch([nas]), MountWatch([tmp_path, nas / "output"])]
    assert [watch.find_gone() for watch in watches] == ["", ""]

    mounts.write_text(MOUNT.format("/") + MOUNT.format(f"{escaped}-other"))
    assert all(f"nothing is mounted at {nas}" in watch.find_gone() for watch in watches)

    mounts.write_text(with_nas + MOUNT.format(f"{escaped}/output"))
    assert [watch.find_gone() for watch in watches] == ["", ""]
    mounts.write_text(with_nas)
    assert watches[0].find_gone() == ""
    assert f"{nas / 'output'} has gone away" in watches[1].find_gone()


def test_a_system_without_that_table_has_no_mounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is noticed there, and nothing is refused."""
    monkeypatch.setattr("worker.volume.MOUNTS", tmp_path / "none")

    assert MountWatch([tmp_path]).find_gone() == ""
