"""`ktts up` with the real model and an object store."""

from __future__ import annotations

import io
import os
from pathlib import Path

import httpx
import pytest
import soundfile

from tests.conftest import ROOT, eventually, free_port
from tests.fakes.object_store import PosedStore
from tests.fakes.web import START_SECONDS, run_process, submit, wait_for


@pytest.mark.timeout(400)
def test_what_up_speaks_is_in_the_store_and_heard_from_there(
    object_store: PosedStore, model_dir: Path, tmp_path: Path
) -> None:
    """The directory of finished files stays empty."""
    environment = os.environ | object_store.environment
    environment |= {
        "KTTS_MODEL_DIR": str(model_dir),
        "KTTS_DEVICE": "cpu",
        "KTTS_PRECISION": "int8",  # named, so that no trial is made first
        "PYTHONPATH": str(ROOT),
    }
    address = f"127.0.0.1:{free_port()}"
    command = ("-m", "scripts.cli", "up", "--data", str(tmp_path / "data"), "--web", address)
    with (
        run_process(tmp_path, environment, *command) as up,
        httpx.Client(base_url=f"http://{address}", timeout=60) as client,
    ):
        eventually(lambda: up.running.poll() is not None or _answers(client), START_SECONDS)
        assert up.running.poll() is None, up.log
        job = wait_for(client, submit(client, text="It is kept elsewhere."))
        heard = client.get(f"/v1/jobs/{job['id']}/audio", headers={"Range": "bytes=0-1"})
        stored = object_store.read(f"speech/{job['id']}.wav")

    assert (heard.status_code, heard.content) == (206, b"RI")
    samples, _ = soundfile.read(io.BytesIO(stored))
    assert 0.8 < samples.size / 24_000 < 4
    assert samples.std() > 0.01
    assert not list((tmp_path / "data" / "output").rglob("*.wav"))


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False
