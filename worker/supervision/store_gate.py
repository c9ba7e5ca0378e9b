"""Keeps a worker from taking jobs while the object store could not take their files."""

import logging
import threading

from jobs.errors import SpeechError, StartupError, StoreRefused, StoreUnavailable
from jobs.files.object_store import ObjectStore
from jobs.files.stores import find_store
from worker.settings import WorkerSettings

PAUSE_SECONDS = 5.0
"""From one look at a store that is away to the next."""

log = logging.getLogger(__name__)


class StoreGate:
    """Open while the store takes files, and always where there is none; asked before each job."""

    def __init__(self, settings: WorkerSettings) -> None:
        """Look at the store, which may take seconds; one that is away closes the gate.

        Raises:
            StartupError: boto3 is missing, or bucket, key or a right is wrong.
        """
        self._store = find_store(settings.output_dir)
        self._looking: threading.Thread | None = None
        if self._store is not None:
            try:
                self._store.check(writes=True)
            except StoreRefused as exc:
                raise StartupError(f"KTTS_OUTPUT_STORE: {exc}") from exc
            except StoreUnavailable as exc:
                log.error("no job is taken: %s", exc)
                self.close()

    @property
    def is_open(self) -> bool:
        """Whether a job may be taken."""
        return self._looking is None or not self._looking.is_alive()

    def close(self) -> None:
        """Let no job through until the store takes files again; a thread looks for that."""
        if self._store is not None and self.is_open:
            self._looking = threading.Thread(
                target=_await, args=(self._store,), name="store-gate", daemon=True
            )
            self._looking.start()


def _await(store: ObjectStore) -> None:
    told = ""
    pause = threading.Event()
    while not pause.wait(PAUSE_SECONDS if told else 0.0):
        try:
            store.check(writes=True)
        except SpeechError as exc:
            if str(exc) != told:
                log.warning("no job is taken: %s; trying again", exc)
            told = str(exc)
        else:
            break
    log.info("the object store %s takes files", store.address)
