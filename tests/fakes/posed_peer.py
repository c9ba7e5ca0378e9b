"""A peer without a model: ``python -m tests.fakes.posed_peer MODE``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from scripts.measure.speed.answering import Speak, serve


def main(mode: str) -> int:
    """Serve; ``broken`` does not load, ``fragile`` ends at its first text."""
    return serve(lambda: load(mode))


def load(mode: str) -> Speak:
    """Return what speaks, greeting on standard output as libraries do."""
    sys.stdout.write("hello\n")
    if mode == "broken":
        sys.exit("no such model")

    def speak(text: str) -> Iterator[float]:
        if mode == "fragile":
            sys.exit("out of memory")
        for word in text.split():
            yield len(word) / 4

    return speak


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
