from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scripts.local_stack.stack import Stack
from worker.speech.device.cores import count_cores


@pytest.mark.parametrize(
    ("workers", "environment", "threads"),
    [(1, {}, "2"), (2, {}, "1"), (4, {}, "1"), (1, {"KTTS_THREADS": "7"}, "7")],
    ids=["one worker", "two share", "more workers than cores", "set by the user"],
)
def test_threads_follow_the_containers_quota(tmp_path, monkeypatch, workers, environment, threads):
    """Of 64 cores a quota of two leaves two threads to all workers; a user's number stays."""
    (tmp_path / "cpu.max").write_text("200000 100000\n")
    monkeypatch.setattr(count_cores, "__defaults__", (tmp_path,))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)

    stack = Stack(tmp_path, environment, workers=workers, is_lasting=False, show=print, tell=print)

    assert {child._environment["KTTS_THREADS"] for child in stack._workers} == {threads}


def test_a_stack_is_started_without_torch():
    """Counting cores must not cost the seconds that PyTorch takes to import."""
    code = "import sys, scripts.local_stack.stack; sys.exit('torch' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True)
