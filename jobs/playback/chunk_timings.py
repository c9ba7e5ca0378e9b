"""When what is heard in a finished file: one JSON line per chunk, beside the audio.

``<file>.timings.jsonl`` holds, for each chunk in order, ``{"start", "end", "start_sample",
"end_sample", "words": [[start, end, start_sample, end_sample]]}``: characters of the request's
text, samples of the file. Standard library only: a web app makes captions of it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from .journal import JournalLine, Word


@dataclass(frozen=True, slots=True)
class ChunkTiming:
    """One chunk of the text and its place in the audio."""

    start: int
    """First character in the request's text; the chunks tile that text."""
    end: int
    """Character after the last."""
    start_sample: int
    """First sample in the file."""
    end_sample: int
    """Sample after the last; silence after the speech is included."""
    words: tuple[Word, ...] = ()
    """In order; empty where the model could not say when a word is heard."""


def timings_file(audio_file: Path) -> Path:
    """Return where the timings of `audio_file` are."""
    return audio_file.with_name(f"{audio_file.name}.timings.jsonl")


def find_timings(audio_file: Path) -> Path:
    """Return the path of the timings beside a finished file, also of one of an earlier version."""
    path, earlier = timings_file(audio_file), audio_file.with_suffix(".timings.jsonl")
    return earlier if earlier.exists() and not path.exists() else path


def encode_timing(line: JournalLine) -> bytes:
    """Write a journaled chunk as one line."""
    fields = {
        "start": line.start,
        "end": line.end,
        "start_sample": line.sample_offset,
        "end_sample": line.end_sample,
        "words": [[w.start, w.end, w.start_sample, w.end_sample] for w in line.words],
    }
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def read_timings(path: Path) -> Iterator[ChunkTiming]:
    """Yield the chunks of a finished file, one at a time.

    Raises:
        InputError: it is missing or is not such a file.
    """
    try:
        with path.open("rb") as file:
            for line in file:
                fields = json.loads(line)
                words = tuple(Word(*word) for word in fields.pop("words"))
                yield ChunkTiming(**fields, words=words)
    except OSError as exc:
        raise InputError(f"{path} cannot be read: {exc.strerror}; speak it again") from exc
    except (ValueError, TypeError, KeyError) as exc:
        raise InputError(f"{path} does not hold timings; speak it again") from exc
