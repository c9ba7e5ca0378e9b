"""Builds and finds the C kernels: ``python -m worker.speech.fast.kernels.build [DESTINATION]``.

The library's name contains a hash of its sources and the processor's family: a stale one is never
loaded. `find_kernel` looks beside this file, where images and wheels have it, then in the cache,
and at last builds it into the cache. The library chooses its instructions when it is loaded.
"""

import logging
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from jobs.errors import StartupError
from jobs.places import default_cache_dir
from worker.speech.fast.kernels.sources import C_FILES, FLAGS, SOURCES, kernel_name

log = logging.getLogger(__name__)

_COMPILERS = ("cc", "gcc", "clang")
_BUILD_SECONDS = 60
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def find_kernel(cache: Path | None = None) -> Path | None:
    """Return the library, building it if necessary; None without a library and a compiler.

    A library that somebody else could have written is not loaded.

    Args:
        cache: folder of the libraries; None is the user's cache.
    """
    cache = cache or default_cache_dir() / "kernels"
    for folder in (SOURCES[0].parent, cache):
        if _is_safe(folder / kernel_name()):
            return folder / kernel_name()
    try:
        return build_kernels(cache)
    except StartupError as exc:
        log.info("no C kernel, PyTorch computes the activations more slowly: %s", exc)
        return None


def _is_safe(library: Path) -> bool:
    """Return whether a library is there that only this user, or root, can have put there."""
    if not library.is_file():
        return False
    places = (library, library.parent)
    if all(_is_own(place) and not place.stat().st_mode & _WRITABLE_BY_OTHERS for place in places):
        return True
    log.warning("%s is not loaded: others than you may have written it", library)
    return False


def _is_own(place: Path) -> bool:
    return place.stat().st_uid in {os.geteuid(), 0}


def build_kernels(destination: Path) -> Path:
    """Compile the kernel into `destination`; return the library's path.

    The library appears under its name only when it is complete; parallel builds are safe.

    Raises:
        StartupError: there is no compiler, it failed, or the folder cannot be written.
    """
    compiler = next((found for name in _COMPILERS if (found := shutil.which(name))), None)
    if compiler is None:
        raise StartupError(f"no C compiler on PATH (tried {', '.join(_COMPILERS)})")
    try:
        destination.mkdir(parents=True, exist_ok=True)
        if _is_own(destination):
            destination.chmod(destination.stat().st_mode & ~_WRITABLE_BY_OTHERS)
        with tempfile.TemporaryDirectory(dir=destination, prefix=".build-") as folder:
            built = Path(folder) / kernel_name()
            _compile(compiler, built)
            built.chmod(0o755)
            return built.replace(destination / kernel_name())
    except OSError as exc:
        raise StartupError(f"{destination} cannot take the kernel: {exc}") from exc


def _compile(compiler: str, target: Path) -> None:
    command = [compiler, *FLAGS, *C_FILES, "-o", str(target), "-lm"]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise StartupError(f"{compiler} took more than {_BUILD_SECONDS} s") from exc
    if ended.returncode:
        reason = ended.stderr.strip().partition("\n")[0]
        raise StartupError(f"{compiler} failed: {reason}")


if __name__ == "__main__":
    print(build_kernels(Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCES[0].parent))  # noqa: T201  # a command's answer
