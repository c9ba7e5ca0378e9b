"""The child's side of a peer: texts come in as lines of JSON, facts go out the same way.

Only the standard library here: what a peer needs in memory and at start is then its own.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator

Speak = Callable[[str], Iterator[float]]
"""Speaks a text; yields the seconds of audio of each piece as it is done."""


def serve(load: Callable[[], Speak]) -> int:
    """Load a peer, say so, then speak what comes in until it ends."""
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    speak = load()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        started = time.monotonic()
        first = 0.0
        audio_seconds = 0.0
        for seconds in speak(json.loads(line)):
            first = first or time.monotonic() - started
            audio_seconds += seconds
        answer = {"audio_seconds": audio_seconds, "first_chunk_seconds": first}
        print(json.dumps(answer), file=answers, flush=True)
    return 0
