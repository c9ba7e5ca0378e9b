"""Files of books against what was made, before anything listens."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from scripts.webapp.book_cache import DigestCheck


def test_a_file_that_was_replaced_is_found_whatever_its_times_say(tmp_path: Path) -> None:
    """Whoever may write to the volume can give it the size and the time of the right one."""
    path = tmp_path / "book.m4b"
    path.write_bytes(b"as made")
    made, sha256 = path.stat(), hashlib.sha256(b"as made").hexdigest()
    check = DigestCheck()
    assert check.is_whole(path, sha256)

    other = tmp_path / "other"
    other.write_bytes(b"another")
    os.utime(other, ns=(made.st_atime_ns, made.st_mtime_ns))
    other.replace(path)

    assert path.stat().st_mtime_ns == made.st_mtime_ns
    assert not check.is_whole(path, sha256)
