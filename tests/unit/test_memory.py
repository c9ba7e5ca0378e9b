from __future__ import annotations

import subprocess
import sys

import pytest

GROWTH = """
from worker.speech.memory import resident_bytes
before = resident_bytes()
block = bytearray(b"x") * 100_000_000
print(resident_bytes() - before)
"""

PROGRAM = """
import resource
from worker.speech.memory import keep_memory
kept = keep_memory()
blocks = [bytearray(64_000_000) for _ in range(2)]
del blocks
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    block = bytearray(64_000_000)
    block[::4096] = bytes(len(block[::4096]))
    del block
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(int(kept), faults)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc is a Linux library")
def test_big_blocks_are_used_again_without_page_faults() -> None:
    """After keep_memory, ten blocks of 64 MB cost fewer page faults than a single fresh one."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    kept, faults = map(int, ended.stdout.split())
    if not kept:
        pytest.skip("no glibc here")

    assert faults < 64_000_000 // 4096


def test_resident_memory_is_that_of_this_process() -> None:
    """A hundred megabytes that are written show up in a process that has kept none before."""
    ended = subprocess.run(
        [sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True
    )

    assert int(ended.stdout) > 50_000_000
