"""One data directory, one stack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.errors import StartupError
from jobs.places import Claim
from scripts.local_stack.data_dir_lock import DirectoryInUse, claim_directory, publish_claim
from tests.conftest import ROOT

CLAIM = Claim(pid=os.getpid(), url="unix:///run/x", output_dir="/output", is_lasting=True)


def test_the_second_is_told_who_is_first(tmp_path: Path):
    """A directory in use is refused with the process, its queue and the way out."""
    descriptor = claim_directory(tmp_path / "new" / "data")
    publish_claim(descriptor, CLAIM)

    with pytest.raises(DirectoryInUse, match="KTTS_REDIS_URL=unix:///run/x, or give another") as no:
        claim_directory(tmp_path / "new" / "data")

    assert no.value.claim == CLAIM
    os.close(descriptor)


def test_a_claim_ends_with_its_holder(tmp_path: Path):
    """After a kill the directory is free, and nothing of the old note is left."""
    program = (
        "import os, sys, pathlib, scripts.local_stack.data_dir_lock as c\n"
        "fd = c.claim_directory(pathlib.Path(sys.argv[1]))\n"
        "c.publish_claim(fd, c.Claim(os.getpid(), 'u' * 500, '/o', True)); os.kill(os.getpid(), 9)"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )

    descriptor = claim_directory(tmp_path)
    publish_claim(descriptor, CLAIM)

    with pytest.raises(DirectoryInUse) as caught:
        claim_directory(tmp_path)
    assert caught.value.claim == CLAIM
    os.close(descriptor)


def test_a_file_in_the_way_is_one_clear_error(tmp_path: Path):
    """A data directory that cannot be made is named with the reason."""
    (tmp_path / "data").touch()

    with pytest.raises(StartupError, match=r"cannot use .*/data for data: File exists"):
        claim_directory(tmp_path / "data")
