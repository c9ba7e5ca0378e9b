from __future__ import annotations

from worker.volume import inspect_volume


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
