"""An engine that never gets ready."""

from __future__ import annotations

import signal

from worker.engine import Announce, ClaimCard, Engine
from worker.settings import WorkerSettings


def load_engine(_settings: WorkerSettings, _claim_card: ClaimCard, _announce: Announce) -> Engine:
    """Wait for a signal that nobody sends."""
    while True:
        signal.pause()
