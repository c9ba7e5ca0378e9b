"""Removes unfinished work and old parts of books, by age or because a cancel asked for it."""

import logging
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from jobs.errors import JournalBusy, OutputError
from jobs.files.stores import find_store
from jobs.request import PARTS_DIR
from worker.render.journal_writer import hold_lock, remove_work
from worker.settings import WorkerSettings

_WORK_NAME = re.compile(r"([0-9a-f]{32})(\.bad-\d+)?")
_PARTIAL_NAMES = ".*.partial"
_PART_NAME = re.compile(r"([0-9a-f]{32})(\.flac)?(\.json|\.timings\.jsonl|\.loudness\.json)?")

ABANDONED_SECONDS = 86_400.0
"""How old an unfinished upload to the object store is when nobody goes on with it."""

log = logging.getLogger(__name__)


class WorkFate(Enum):
    """What happens to a job's unfinished work."""

    KEEP = auto()
    """The job goes on."""
    REMOVE_WHEN_OLD = auto()
    """The job has ended or is unknown; submitting it again would go on from this work."""
    REMOVE = auto()
    """The cancel asked for it."""


def remove_stale_work(settings: WorkerSettings, decide: Callable[[str], WorkFate]) -> Iterator[str]:
    """Remove work directories as `decide` says for each job id; yield their names.

    A directory is old if it has not changed for `partial_ttl_seconds`. Directories that a process
    has locked or whose name is not a job id are left alone.
    """
    if not settings.work_dir.is_dir():
        return
    for path in (settings.work_dir / ".uploads").glob("book-*"):
        if not path.is_symlink() and _is_old(path, settings.partial_ttl_seconds):
            shutil.rmtree(path, ignore_errors=True)
    for path in settings.work_dir.iterdir():
        name = _WORK_NAME.fullmatch(path.name)
        if name is None or path.is_symlink() or not path.is_dir():
            continue
        fate = decide(name[1])
        is_due = fate is WorkFate.REMOVE or (
            fate is WorkFate.REMOVE_WHEN_OLD and _is_old(path, settings.partial_ttl_seconds)
        )
        if is_due and _remove(path):
            yield path.name


def remove_stale_partials(settings: WorkerSettings) -> Iterator[str]:
    """Remove old unfinished files and directories of killed runs; yield their names."""
    if not settings.output_dir.is_dir():
        return
    for path in list(settings.output_dir.rglob(_PARTIAL_NAMES)):
        if path.is_symlink() or not _is_old(path, settings.partial_ttl_seconds):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        yield path.name


def remove_stale_parts(settings: WorkerSettings, wanted: Collection[str]) -> Iterator[str]:
    """Remove old files of parts whose output names are not `wanted`; yield their names.

    A file is old if it was neither written nor used again for `part_ttl_seconds`.
    """
    directory = settings.output_dir / PARTS_DIR
    if not directory.is_dir():
        return
    for path in directory.iterdir():
        name = _PART_NAME.fullmatch(path.name)
        if name is None or path.is_symlink() or f"{PARTS_DIR}/{name[1]}" in wanted:
            continue
        if _is_old(path, settings.part_ttl_seconds):
            path.unlink(missing_ok=True)
            yield path.name


def remove_stored_parts(settings: WorkerSettings, wanted: Collection[str]) -> Iterator[str]:
    """Remove old parts from the object store as `remove_stale_parts` does; yield their names.

    Uploads that a killed process has left a day ago or more are aborted.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    store = find_store(settings.output_dir)
    if store is None:
        return
    store.abort_uploads(min_age_seconds=ABANDONED_SECONDS)
    old = []
    for found in store.list_folder(f"{PARTS_DIR}/"):
        name = _PART_NAME.fullmatch(found.name.removeprefix(f"{PARTS_DIR}/"))
        is_wanted = name is None or f"{PARTS_DIR}/{name[1]}" in wanted
        if not is_wanted and found.age_seconds > settings.part_ttl_seconds:
            old.append(found.name)
    store.delete(old)
    yield from old


def _is_old(path: Path, seconds: int) -> bool:
    oldest = time.time() - seconds
    with suppress(FileNotFoundError):  # the job has just finished
        paths = [path, *path.glob("*")] if path.is_dir() else [path]
        return max(entry.lstat().st_mtime for entry in paths) <= oldest
    return False


def _remove(path: Path) -> bool:
    try:
        with hold_lock(path):
            remove_work(path)
    except JournalBusy:
        return False
    except (OutputError, OSError) as exc:
        log.warning("cannot remove %s: %s", path, exc)
        return False
    return True
