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


SCATTERED = """
import torch
from worker.speech.memory import keep_memory, resident_bytes, trim_memory
kept = keep_memory()
blocks = [torch.ones(1 << 20) for _ in range(50)]
between = [torch.ones(1 << 12) for _ in range(50)]
last = torch.ones(1 << 20)
del blocks
before = resident_bytes()
trim_memory()
print(int(kept), before - resident_bytes())
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


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="glibc is a Linux library")
def test_trimming_gives_back_what_lies_below_something_in_use() -> None:
    """200 MB of freed tensors with a live one behind them: nearly all of it goes."""
    ended = subprocess.run(
        [sys.executable, "-c", SCATTERED], capture_output=True, text=True, check=True
    )
    kept, given_back = map(int, ended.stdout.split())
    if not kept:
        pytest.skip("no glibc here")

    assert given_back > 180_000_000


def test_resident_memory_is_that_of_this_process() -> None:
    """A hundred megabytes that are written show up in a process that has kept none before."""
    ended = subprocess.run(
        [sys.executable, "-c", GROWTH], capture_output=True, text=True, check=True
    )

    assert int(ended.stdout) > 50_000_000
