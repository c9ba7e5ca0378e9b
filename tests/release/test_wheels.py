"""What `scripts/release` has built: wheels whose C kernel loads where there is no compiler."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from worker.speech.fast.kernels.sources import kernel_name

ROOT = Path(__file__).parents[2]
DIST = Path(os.environ.get("RELEASE_DIST", ""))
MACHINES = {"x86_64": 62, "aarch64": 183}
"""Processors to their number in the header of an ELF file."""
NEWEST_GLIBC = (2, 17)
OTHER_PYTHON = "python3.12"

LOAD_KERNEL = """
import shutil, sys
from pathlib import Path
from worker.speech.fast.kernels.build import find_kernel
from worker.speech.fast.kernels.library import open_kernels
assert not any(map(shutil.which, ("cc", "gcc", "clang")))
kernel = find_kernel(Path("cache"))
assert kernel.is_relative_to(sys.prefix), kernel
assert open_kernels(kernel).ktts_use(2) in (0, 1, 2)
assert not Path("cache").exists()
"""

PRODUCE = """
import jobs, scripts.audiobook.open_book, scripts.webapp.app
from scripts.console.version import describe_version
print(describe_version())
"""

pytestmark = pytest.mark.skipif(
    not os.environ.get("RELEASE_DIST"), reason="scripts/release builds the wheels"
)


def find_wheel(platform: str) -> Path:
    """Return the wheel for a platform."""
    (wheel,) = DIST.glob(f"*-{platform}.whl")
    return wheel


def make_environment(python: str, folder: Path) -> Path:
    """Make an environment of `python`, return its interpreter; skip where there is none."""
    found = shutil.which(python)
    if (
        found is None
        or subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode
    ):
        pytest.skip(f"there is no {python}")
    subprocess.run([found, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


def run(python: Path, program: str, folder: Path) -> str:
    """Run `program` with an empty home, and with nothing on PATH but the environment itself."""
    done = subprocess.run(
        [python, "-c", program],
        cwd=folder,
        env={"PATH": str(python.parent), "HOME": str(folder)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("machine", MACHINES)
def test_a_wheel_for_linux_has_its_kernel_alone(machine: str) -> None:
    """Its own processor's, which asks for no glibc newer than the wheel's name says."""
    with zipfile.ZipFile(find_wheel(f"manylinux_2_17_{machine}")) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".so"))
        library = archive.read(name)

    assert name.rpartition("/")[2] == kernel_name("Linux", machine)
    assert int.from_bytes(library[18:20], "little") == MACHINES[machine]
    asked = re.findall(rb"GLIBC_(\d+)\.(\d+)", library)
    assert max((int(major), int(minor)) for major, minor in asked) <= NEWEST_GLIBC


def test_no_wheel_has_what_only_a_checkout_can_run() -> None:
    """No shell scripts; the wheel for any platform has no kernel either."""
    for wheel in DIST.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if ".dist-info" not in name]
        suffixes = {Path(name).suffix for name in names}
        assert [name for name in names if not Path(name).suffix] == ["scripts/COMMIT"]
        assert ".sh" not in suffixes
        assert (".so" in suffixes) != wheel.name.endswith("-none-any.whl")


def test_all_archives_name_one_commit() -> None:
    """The one that was checked out."""
    described = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(described, check=True, capture_output=True).stdout.strip()
    (source,) = DIST.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        (member,) = (name for name in archive.getnames() if name.endswith("/scripts/COMMIT"))
        found = archive.extractfile(member)
        assert found is not None
        commits = {found.read()}
    for wheel in DIST.glob("*.whl"):
        with zipfile.ZipFile(wheel) as opened:
            commits.add(opened.read("scripts/COMMIT"))

    assert commits == {commit}


def test_the_checksums_are_those_of_all_files() -> None:
    """As sha256sum checks them."""
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=DIST, check=True)
    listed = {line.split()[1] for line in (DIST / "SHA256SUMS").read_text().splitlines()}

    assert listed == {path.name for path in DIST.iterdir()} - {"SHA256SUMS"}


@pytest.mark.parametrize("python", ["python3.11", OTHER_PYTHON])
def test_the_kernel_loads_without_a_compiler(python: str, tmp_path: Path) -> None:
    """With the producer, the gateway and the book readers in their tested versions beside it."""
    interpreter = make_environment(python, tmp_path / "environment")
    wheel = find_wheel(f"manylinux_2_17_{os.uname().machine}")
    constraints = str(ROOT / "constraints.txt")
    install = ["install", "--quiet", "-c", constraints, f"{wheel}[web,books]"]
    subprocess.run([interpreter, "-m", "pip", *install], check=True)

    run(interpreter, LOAD_KERNEL, tmp_path)

    (commit,) = re.findall(r"commit (\S+),", run(interpreter, PRODUCE, tmp_path))
    with zipfile.ZipFile(wheel) as opened:
        assert opened.read("scripts/COMMIT").decode() == commit


def test_the_shipped_kernel_gives_the_bytes_of_a_compiled_one(tmp_path: Path) -> None:
    """Compiled by another compiler, and linked with the program of posed numbers."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    from tests.worker.speech.fast.kernels.test_levels import ACTIVATED, MULTIPLIED, POSES

    with zipfile.ZipFile(find_wheel(f"manylinux_2_17_{os.uname().machine}")) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".so"))
        library = Path(archive.extract(name, tmp_path))
    program = tmp_path / "poses"
    command = ["cc", "-O1", str(POSES), str(library), f"-Wl,-rpath,{library.parent}", "-o", program]
    subprocess.run([*command, "-lm"], check=True)

    _level, activated, multiplied = subprocess.run(
        [program, "2"], check=True, capture_output=True, text=True
    ).stdout.split()

    assert (activated, multiplied) == (ACTIVATED, MULTIPLIED)
