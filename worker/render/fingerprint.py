"""What the bytes of a file depend on beside its request, in two halves."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The halves of one run; on disk and in results they are one mapping."""

    text: Mapping[str, str]
    """What is said and when: rules, cuts, pauses, and the packages that pronounce. A file has one
    of them: what was journalled under another is spoken anew."""
    sound: Mapping[str, str]
    """How it sounds: weights, device, precision, code path, joints. A job that moves goes on under
    another, and its result is marked as mixed."""

    @property
    def whole(self) -> dict[str, str]:
        """Both halves."""
        return {**self.sound, **self.text}

    def text_of(self, whole: Mapping[str, str]) -> dict[str, str]:
        """Return the text half of another run's mapping: all that no sound of ours is called."""
        return {name: value for name, value in whole.items() if name not in self.sound}
