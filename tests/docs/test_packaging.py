"""What is installed from the wheel, beside an application with folders of the same names."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

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


BOTH_NAMES = """
import importlib, json, pkgutil
import jobs, kokoro_tts_processor
import jobs.voices, kokoro_tts_processor.voices

def catch(raiser, catcher):
    try:
        raiser.voices.parse_voice("nobody")
    except catcher.errors.UnknownVoice as exc:
        return type(exc).__name__

packages = pkgutil.walk_packages(kokoro_tts_processor.__path__, "kokoro_tts_processor.")
modules = [found.name for found in packages]
borrowed = [name.replace("kokoro_tts_processor", "jobs") for name in modules]
pairs = [tuple(map(importlib.import_module, names)) for names in zip(modules, borrowed)]
different = [own.__name__ for own, other in pairs if own is not other]
different += [
    name
    for name in jobs.__all__
    if getattr(jobs, name) is not getattr(kokoro_tts_processor, name)
]
try:
    import jobs.nothing
except ModuleNotFoundError as exc:
    missing = str(exc)
print(json.dumps({
    "modules": modules,
    "different": different,
    "caught": [catch(jobs, kokoro_tts_processor), catch(kokoro_tts_processor, jobs)],
    "missing": missing,
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


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own, which borrows our dependencies."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(home)),
            *("install", "--quiet", "--no-index", "--no-deps", str(wheel)),
        ],
        check=True,
    )
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "python"


def run(python: Path | str, program: str, folder: Path, **environment: str) -> dict[str, Any]:
    """Run `program` in `folder` and return the document that it prints."""
    (folder / "main.py").write_text(program)
    answer = subprocess.run(
        [python, "-W", "error", "main.py"],
        cwd=folder,
        env={"KTTS_REDIS_URL": "unix:///nowhere/redis.sock", **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    document: dict[str, Any] = json.loads(answer.stdout)
    return document


def test_an_application_with_its_own_jobs_folder_uses_the_other_name(
    python: Path, tmp_path: Path
) -> None:
    """The producer side works as kokoro_tts_processor where jobs, worker and scripts are taken."""
    for name in ("jobs", "scripts", "worker"):
        package = tmp_path / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("WHOSE = 'the application'\n")

    facts = run(python, APPLICATION, tmp_path)

    from jobs import SpeechRequest
    from jobs.lua import load_script

    assert facts["own"] == ["the application"] * 3
    assert facts["job_id"] == SpeechRequest(text="Beside a web app.").job_id
    assert "does not answer" in facts["refused"]
    assert facts["script"] == load_script("submit")


def test_an_application_s_jobs_may_be_found_later(python: Path, tmp_path: Path) -> None:
    """Importing kokoro_tts_processor leaves the name `jobs` to whoever takes it afterwards."""
    (tmp_path / "later" / "jobs").mkdir(parents=True)
    (tmp_path / "later" / "jobs" / "__init__.py").write_text("WHOSE = 'the application'\n")
    program = "import sys, kokoro_tts_processor.books.batch; sys.path.insert(0, 'later')\n"

    program += "import jobs, json; print(json.dumps({'whose': jobs.WHOSE}))"

    assert run(python, program, tmp_path) == {"whose": "the application"}


@pytest.mark.parametrize("place", ["wheel", "checkout"])
@pytest.mark.parametrize("first", ["jobs", "kokoro_tts_processor"])
def test_both_names_have_the_same_classes(
    first: str, place: str, python: Path, tmp_path: Path
) -> None:
    """Whichever is imported first; what is raised under one name is caught under the other."""
    if place == "wheel":
        facts = run(python, f"import {first}\n{BOTH_NAMES}", tmp_path)
    else:
        program = f"import {first}\n{BOTH_NAMES}"
        facts = run(sys.executable, program, tmp_path, PYTHONPATH=str(ROOT))

    modules = {path.relative_to(ROOT) for path in (ROOT / "jobs").rglob("*.py")}
    assert len(facts["modules"]) == len(modules) - 1  # all but the package itself
    assert facts["different"] == []
    assert facts["caught"] == ["UnknownVoice", "UnknownVoice"]
    assert facts["missing"] == "No module named 'jobs.nothing'"


def test_the_wheel_holds_the_three_packages_and_no_tests(wheel: Path) -> None:
    """Users get jobs, worker, scripts and the second name for jobs; tests stay at home."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}

    assert {name for name in tops if not name.endswith(".dist-info")} == {
        "jobs",
        "kokoro_tts_processor",
        "scripts",
        "worker",
    }
    second = [name for name in names if name.startswith("kokoro_tts_processor/")]
    assert second == ["kokoro_tts_processor/__init__.py"]  # its modules are those of jobs


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
