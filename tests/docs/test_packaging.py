"""What is installed from the wheel, beside an application with folders of the same names."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

APPLICATION = """
import json
import jobs, scripts, worker
from kokoro_tts_processor import SpeechQueue, SpeechRequest, SpeechStatus
from kokoro_tts_processor.errors import QueueUnavailable
from kokoro_tts_processor.lua import load_script

request = SpeechRequest(text="Beside a web app.")
try:
    SpeechQueue()
except QueueUnavailable as exc:
    refused = str(exc)
print(json.dumps({
    "own": [jobs.WHOSE, scripts.WHOSE, worker.WHOSE],
    "job_id": request.job_id,
    "refused": refused,
    "script": load_script("submit"),
}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as a release would."""
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = directory.glob("*.whl")
    return path


def test_an_application_with_its_own_jobs_folder_uses_the_other_name(
    wheel: Path, tmp_path: Path
) -> None:
    """The producer side works as kokoro_tts_processor where jobs, worker and scripts are taken."""
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    application = tmp_path / "application"
    for name in ("jobs", "scripts", "worker"):
        package = application / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("WHOSE = 'the application'\n")
    (application / "main.py").write_text(APPLICATION)

    answer = subprocess.run(
        [sys.executable, "main.py"],
        cwd=application,
        env={"PYTHONPATH": str(installed), "KTTS_REDIS_URL": "unix:///nowhere/redis.sock"},
        check=True,
        capture_output=True,
        text=True,
    )
    facts = json.loads(answer.stdout)

    from jobs import SpeechRequest
    from jobs.lua import load_script

    assert facts["own"] == ["the application"] * 3
    assert facts["job_id"] == SpeechRequest(text="Beside a web app.").job_id
    assert "does not answer" in facts["refused"]
    assert facts["script"] == load_script("submit")


def test_the_wheel_holds_the_three_packages_and_no_tests(wheel: Path) -> None:
    """Users get jobs, worker, scripts and the second name for jobs; tests stay at home."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}

    assert {name for name in tops if not name.endswith(".dist-info")} == {
        "jobs",
        "kokoro_tts_processor",
        "scripts",
        "worker",
    }


def test_the_wheel_holds_the_page(wheel: Path) -> None:
    """The gateway's page is installed with it, every file as it is here."""
    page = ROOT / "scripts" / "webapp" / "page"
    with zipfile.ZipFile(wheel) as archive:
        packed = {
            name.rpartition("/")[2]: archive.read(name)
            for name in archive.namelist()
            if name.startswith("scripts/webapp/page/")
        }

    assert packed == {path.name: path.read_bytes() for path in page.iterdir()}
