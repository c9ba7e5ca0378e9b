"""The public door of the producer side."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import jobs
from tests.conftest import ROOT

HEAVY = ("numpy", "torch", "kokoro", "soundfile", "misaki", "spacy", "worker", "scripts")


def test_the_public_names_are_sorted_and_there():
    """Every name of __all__ exists, constants first, then classes, then functions."""
    names = jobs.__all__

    assert names == sorted(
        names, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    assert all(hasattr(jobs, name) for name in names)


def test_every_public_name_is_documented():
    """What a web app imports says what it is."""
    objects = [getattr(jobs, name) for name in jobs.__all__ if not name.isupper()]

    assert [thing.__name__ for thing in objects if not (thing.__doc__ or "").strip()] == []


@pytest.mark.parametrize("module", ["jobs", "scripts.cli"])
def test_importing_loads_nothing_heavy(module: str):
    """A web app that imports jobs, and `ktts --help`, never pay for the model's packages."""
    program = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    loaded = {name.partition(".")[0] for name in json.loads(output)} - {module.partition(".")[0]}
    assert loaded.isdisjoint(HEAVY)
