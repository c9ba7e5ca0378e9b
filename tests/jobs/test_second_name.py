"""The producer's library under two names at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

MEANWHILE = """
import sys, threading
from importlib.abc import MetaPathFinder

failures = []

def import_both():
    try:
        from kokoro_tts_processor import SpeechQueue
        import kokoro_tts_processor.voices
    except BaseException as exc:
        failures.append(repr(exc))

class Meanwhile(MetaPathFinder):
    thread = None

    def find_spec(self, name, path, target=None):
        if name == "kokoro_tts_processor.errors" and self.thread is None:
            Meanwhile.thread = threading.Thread(target=import_both, daemon=True)
            self.thread.start()
            self.thread.join(0.2)

sys.meta_path.insert(0, Meanwhile())
"""


@pytest.mark.parametrize("first", ["jobs", "kokoro_tts_processor"])
def test_a_thread_waits_for_the_other_name(first: str):
    """What imports the library in the midst of its import gets it complete."""
    program = (
        f"{MEANWHILE}\nfrom {first} import SpeechQueue\nMeanwhile.thread.join(30)\nprint(failures)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )

    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["jobs", "jobs.errors", "kokoro_tts_processor"])
def test_a_module_is_loaded_again(module: str):
    """importlib.reload works under either name, and both still share it."""
    program = (
        f"import importlib, jobs, kokoro_tts_processor as own\n"
        f"importlib.reload(importlib.import_module({module!r}))\n"
        f"import jobs.errors, kokoro_tts_processor.errors, jobs.text.language_tags\n"
        f"print(jobs.errors is own.errors, jobs.text.language_tags is own.text.language_tags)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    )

    assert run.stdout.split() == ["True", "True"]
