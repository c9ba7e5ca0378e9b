"""Speak the lines of a text file, each into a file of its own: python plain_script.py lines.txt."""

import sys
from pathlib import Path

from jobs import JobFailed, QueueFull, SpeechQueue, SpeechRequest


def main(path: str) -> int:
    """Submit all lines, then wait for each."""
    queue = SpeechQueue()  # the server of KTTS_REDIS_URL
    lines = [line for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        submitted = queue.submit_many(SpeechRequest(text=line) for line in lines)
    except QueueFull as exc:
        print(f"try again later: {exc}", file=sys.stderr)
        return 1
    for job in submitted:
        try:
            result = job.wait()
        except JobFailed as exc:
            print(f"{job.id}: {exc}", file=sys.stderr)
            continue
        print(f"{result.audio_seconds:.1f} s  {result.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
