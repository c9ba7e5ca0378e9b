"""What takes part in a comparison, and what one spoken text tells about it."""

from dataclasses import dataclass
from typing import Protocol

VOICE = "af_heart"
"""Everybody speaks with this voice."""


@dataclass(frozen=True, slots=True)
class Take:
    """One text, spoken once."""

    characters: int
    audio_seconds: float
    wall_seconds: float
    """From the request to the end of the audio, as whoever asked for it has to wait."""
    first_chunk_seconds: float
    """From the request to the first audio that could be played."""
    overhead_seconds: float = 0.0
    """Part of `wall_seconds` that was no synthesis, where that is known."""

    @property
    def speed(self) -> float:
        """Seconds of audio per second."""
        return self.audio_seconds / self.wall_seconds

    @property
    def characters_per_second(self) -> float:
        """Text read per second: a contestant that pauses longer gains nothing by it."""
        return self.characters / self.wall_seconds


class Contestant(Protocol):
    """A program that speaks, in processes of its own."""

    name: str

    def start(self) -> float:
        """Start it; return the seconds until it takes a text.

        Raises:
            StartupError: it does not start.
        """

    def speak(self, text: str) -> Take:
        """Speak one text to its end."""

    def peak_bytes(self) -> int | None:
        """Return the most memory that it has held; None where the system does not tell."""

    def stop(self) -> None:
        """End it; harmless where it does not run."""
