"""The examples of docs/ do what they say, on a real queue with a real worker."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import ROOT, eventually
from tests.fakes.web import Site

EXAMPLES = ROOT / "docs" / "examples"
FILES = {path.name for path in EXAMPLES.glob("*.py")}

Load = Callable[[str], ModuleType]


@pytest.fixture
def load(site: Site, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that loads an example as if its queue were the site's."""
    for name in ("KTTS_REDIS_URL", "KTTS_OUTPUT_DIR", "KTTS_WORK_DIR"):
        monkeypatch.setenv(name, site.environment[name])

    def load_example(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load_example


def test_the_plain_script(load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Each line of a file becomes a file of its own; one that fails does not end the others."""
    lines = tmp_path / "lines.txt"
    lines.write_text("The first line.\n\nThis one says BOOM.\nThe last line.\n")

    assert load("plain_script").main(str(lines)) == 0

    shown = capsys.readouterr()
    paths = [Path(line.split("  ")[1]) for line in shown.out.splitlines()]
    assert [path.is_file() for path in paths] == [True, True]
    assert "the model failed on BOOM" in shown.err


def test_the_fastapi_application(load: Load):
    """It answers with the audio, and each mistake has its status."""
    with TestClient(load("fastapi_app").app) as client:
        good = client.post("/speak", json={"text": "Hello from FastAPI."})
        wrong = client.post("/speak", json={"text": "Hello.", "voice": "af_hart"})
        failed = client.post("/speak", json={"text": "It says BOOM."})
        unknown = client.get("/jobs/nothing")

    assert (good.status_code, good.headers["content-type"]) == (200, "audio/mpeg")
    assert good.content[:2] in {b"\xff\xf3", b"\xff\xfb", b"ID"}
    assert (wrong.status_code, failed.status_code, unknown.status_code) == (422, 500, 404)
    assert "did you mean 'af_heart'" in wrong.json()["detail"]


def test_the_django_site(load: Load):
    """It takes a text at once, says how far it is and gives the file."""
    module = load("django_app")
    from django.test import Client

    client: Any = Client()
    accepted = client.post("/speak/", {"text": "Hello from Django."})
    job = f"/jobs/{accepted.json()['id']}/"
    eventually(lambda: client.get(job).json()["status"] == "finished")
    audio = b"".join(client.get(f"{job}audio/").streaming_content)

    assert accepted.status_code == 202
    assert audio[:4] == b"RIFF"
    assert client.post("/speak/", {"text": " "}).json()["field"] == "text"
    assert client.get("/jobs/nothing/").status_code == 404
    module.speech_queue().connection.close()


def test_every_example_is_run_here():
    """An example that is added gets a test."""
    assert sorted(FILES) == ["django_app.py", "fastapi_app.py", "plain_script.py"]
