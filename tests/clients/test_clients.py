"""Programs made for OpenAI's speech API, unchanged, at a gateway that wants a token.

Those that the registries have are installed and run. The others' calls are replayed as their
sources write them; docs/web.md lists them all.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from jobs.playback.encoders import decode_file
from tests.clients.installed import HERE, find_node_folder, find_python
from tests.conftest import ROOT, run_server
from tests.fakes.web import Site

TOKEN = "open-sesame"
PROGRAMS = sorted((HERE / "programs").iterdir())
KEY = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address that such programs are given, of a gateway with a worker."""
    for server in run_server():
        site = Site(server, tmp_path_factory.mktemp("site"), KTTS_WEB_TOKENS=TOKEN)
        with site.serve(), site.worker():
            yield f"{site.url}/v1"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_an_installed_client_speaks(address: str, tmp_path: Path, program: Path):
    """It writes audio of a sentence's length to a file, and ends well."""
    heard = tmp_path / "heard"
    if program.suffix == ".mjs":
        shutil.copy(program, tmp_path)
        (tmp_path / "node_modules").symlink_to(find_node_folder() / "node_modules")
        command = ["node", str(tmp_path / program.name)]
    else:
        command = [str(find_python()), str(program)]
    done = subprocess.run(
        [*command, address, TOKEN, str(heard)],
        # litellm would ask the network for prices.
        env={"PATH": os.environ["PATH"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    _assert_speech(heard)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a client's source writes it."""

    client: str
    commit: str
    """Where its source was read."""
    path: str = "/audio/speech"
    body: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=lambda: KEY)


CALLS = [
    Call("Open WebUI's models", "01fb3e46", path="/audio/models", headers={}),
    Call("Open WebUI's voices", "01fb3e46", path="/audio/voices", headers={}),
    Call(
        "Open WebUI",
        "01fb3e46",
        body={"voice": "alloy", "model": "tts-1"},
        headers=KEY | {"X-OpenWebUI-User-Name": "Zo%C3%AB", "X-OpenWebUI-User-Role": "admin"},
    ),
    Call(
        "SillyTavern",
        "00a72b5a",
        body={"response_format": "mp3", "voice": "alloy", "speed": 1, "model": "tts-1"},
        headers=KEY | {"User-Agent": "node", "Sec-Fetch-Mode": "cors", "Accept": "*/*"},
    ),
    Call(
        "openai_tts",
        "0460cd2f",
        body={"model": "tts-1", "voice": "shimmer", "response_format": "wav", "speed": 1},
    ),
    Call(
        "kokoro_openai_tts",
        "166fc57a",
        body={"voice": "af_heart", "response_format": "mp3", "speed": 1.0, "chunk_size": 400},
    ),
    Call(
        "Kokoro-FastAPI",
        "106cbd4c",
        body={
            "voice": "af_sky(2)+af_bella(1)",
            "response_format": "mp3",
            "download_format": "mp3",
            "stream": True,
            "speed": 1,
            "return_download_link": True,
            "lang_code": "a",
        },
    ),
    Call("Kokoro-FastAPI's voices", "41b2d18e", path="/audio/voices"),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.client)
def test_a_replayed_call_is_understood(address: str, tmp_path: Path, call: Call):
    """A text is spoken; lists are there for those who have the key, and the others are told."""
    url = address + call.path
    if call.body is None:
        answer = httpx.get(url, headers=call.headers)
        assert answer.status_code == (200 if call.headers else 401), answer.text
        assert answer.json()[url.rpartition("/")[2]] if call.headers else answer.json()["error"]
        return
    body = call.body | {"input": f"Hello from {call.client}."}
    answer = httpx.post(url, json=body, headers=call.headers, timeout=60)
    assert answer.status_code == 200, answer.text
    heard = tmp_path / "heard"
    heard.write_bytes(answer.content)
    _assert_speech(heard)


def test_the_table_has_the_versions_that_are_run():
    """What docs/web.md says of clients is what the lists here install and replay."""
    table = (ROOT / "docs" / "web.md").read_text(encoding="utf-8")
    pins = re.findall(
        r"^(?:livekit-plugins-)?([\w-]+)(?:\[\w+\])?==(\S+)$", _listed("txt"), re.MULTILINE
    )
    pins += re.findall(r'"([@\w/-]+)": "([\d.]+)"', _listed("json"))
    for name, version in pins:
        assert version in table, f"{name} {version}"
    for call in CALLS:
        assert call.client.removesuffix("'s models").removesuffix("'s voices") in table, call
        assert call.body is None or call.commit in table, call


def _listed(suffix: str) -> str:
    return next(HERE.glob(f"*.{suffix}")).read_text(encoding="utf-8")


def _assert_speech(file: Path) -> None:
    samples = np.frombuffer(b"".join(decode_file(file)), dtype="<i2")
    assert 24_000 / 2 < samples.size < 24_000 * 10
    assert np.abs(samples).max() > 1_000
