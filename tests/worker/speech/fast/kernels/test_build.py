"""The kernel's library is loaded only where nobody else can have written it."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.speech.fast.kernels import build


@pytest.mark.parametrize("spoilt", ["file", "folder"])
@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_library_that_others_may_write_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: str, mode: int
):
    """Neither one that stands open, nor one in an open folder; one's own is."""
    monkeypatch.setattr(build, "SOURCES", (tmp_path / "nowhere" / "activation.c",))
    monkeypatch.setattr(build, "kernel_name", lambda: "kernel.so")
    monkeypatch.setattr(build.shutil, "which", lambda _name: None)
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o755)
    library = cache / "kernel.so"
    library.write_bytes(b"")
    library.chmod(0o755)
    assert build.find_kernel(cache) == library

    (library if spoilt == "file" else cache).chmod(mode)

    assert build.find_kernel(cache) is None
