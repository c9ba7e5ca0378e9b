"""What can go wrong at the gateway alone."""

from __future__ import annotations

from jobs.errors import SpeechError


class NoWorker(SpeechError):
    """Nobody is there who could speak; what waits for its audio cannot wait for ever."""


class NotNow(SpeechError):
    """The job's state does not allow this."""


class StreamBroken(SpeechError):
    """A job ended, or began anew, while its audio was being sent."""
