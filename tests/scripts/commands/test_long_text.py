"""A book of ten hours, in a process of its own whose memory is looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

MIB = 1 << 20

# Speaks a chapter and then a book of ten hours; prints the most memory that each has taken.
PROGRAM = """
import json, os, sys
from pathlib import Path
from jobs.request import SpeechRequest
from scripts.measure.memory.process_memory import peak_bytes
from scripts.measure.speed.texts import load_book
from tests.fakes.tone import make_engine
from worker.render.render import render_speech

os.fsync = lambda _: None  # a thousand chunks, and nobody pulls the plug

def render(text, name):
    result = render_speech(
        SpeechRequest(text=text, output_name=name),
        make_engine(phoneme_samples=100),
        output_dir=Path(sys.argv[1]) / "output",
        work_dir=Path(sys.argv[1]) / "work",
        execution_id=name,
        checkpoint=lambda _: None,
        confirm=lambda: None,
    )
    return [peak_bytes(os.getpid()), result.characters, Path(result.path).stat().st_size]

chapter = load_book() * 2
print(json.dumps([render(chapter, "chapter"), render(chapter * 34, "book")]))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak")
def test_ten_hours_of_text_need_the_memory_of_a_chapter(tmp_path: Path) -> None:
    """Half a million characters leave a hundred megabytes of audio on disk and none in memory."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert ended.returncode == 0, ended.stderr
    chapter, book = json.loads(ended.stdout)
    assert book[1] > 500_000
    assert book[2] > 100 * MIB
    assert book[0] - chapter[0] < 12 * MIB
