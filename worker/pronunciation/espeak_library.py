"""espeak-ng, loaded from memory: nothing of it lies in the temporary folder.

espeak-ng keeps its voice in global variables, so phonemizer loads a copy of the library for each
voice, from the temporary folder. That folder may be full, may not allow programs, and keeps the
copies of processes that are killed. On Linux a copy is a file in memory instead.
"""

import ctypes
import os
import tempfile
import weakref
from pathlib import Path
from typing import Any

from misaki.espeak import EspeakFallback, EspeakG2P
from phonemizer.backend.espeak import wrapper

from jobs.errors import StartupError

__all__ = ["EspeakFallback", "EspeakG2P"]

SYNCHRONOUS = 0x02
"""AUDIO_OUTPUT_SYNCHRONOUS of espeak-ng: nothing is played."""


# Any: mypy does not look into the package, and a base class that it does not know is Any.
class EspeakInMemory(wrapper.EspeakAPI):  # type: ignore[misc]
    """One copy of the library, which takes no place on disk."""

    def __init__(self, library: str | Path, data_path: str | Path | None) -> None:
        """Load a copy, from the temporary folder where memory cannot hold one.

        Raises:
            StartupError: it cannot be loaded from there either.
        """
        self._library = None
        path = Path(library).resolve()
        try:
            loaded = _load_from_memory(path)
        except (OSError, AttributeError):  # not Linux, or the kernel forbids it
            self._load_from_disk(library, data_path)
            return
        folder = None if data_path is None else str(data_path).encode()
        if loaded.espeak_Initialize(SYNCHRONOUS, 0, folder, 0) <= 0:
            raise StartupError(f"espeak-ng does not start with the data in {data_path}")
        self._library, self._library_path = loaded, path
        weakref.finalize(self, loaded.espeak_Terminate)

    def _load_from_disk(self, library: str | Path, data_path: str | Path | None) -> None:
        try:
            super().__init__(library, data_path)
        except (OSError, RuntimeError) as exc:
            raise StartupError(
                f"espeak-ng cannot be loaded ({exc}): the temporary folder {_find_folder()} has to "
                "have room, and to allow programs; set TMPDIR to another one"
            ) from exc


def _load_from_memory(path: Path) -> Any:
    # Stays open: a library is loaded once for each path, and a number that is closed comes again.
    descriptor = os.memfd_create(path.name)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as copy:
            copy.write(path.read_bytes())
        return ctypes.CDLL(f"/proc/self/fd/{descriptor}")
    except OSError:
        os.close(descriptor)
        raise


def _find_folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return os.environ.get("TMPDIR", "")


wrapper.EspeakAPI = EspeakInMemory
