"""``ktts pronounce TEXT``: the words that would be said, the phonemes, and which rule read what.

TEXT may be a file, or ``-`` (the default) for standard input. Each line is taken as a text of its
own, but for SSML of several lines, which is one. Nothing is spoken, and no server is asked.

A line in JSON is ``{"text", "words", "phonemes", "unspoken": [{"start", "end", "text", "reason"}],
"readings": [{"start", "end", "text", "words", "kind"}]}``; places count characters of the line.
With ``--json`` standard input becomes one such line for each of its lines, empty ones included;
otherwise the last line of standard output is ``{"language", "reading", "lines": [...]}``.

Exit codes: 0, also for lines that hold nothing to be said; 65 for an unknown language, an empty
text, SSML that cannot be read, or without the extra ``worker``; 66 for a file that cannot be read;
78 without the model's ``config.json``, which has the symbols that the model knows; its weights are
not needed.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jobs.errors import EmptyText
from jobs.text.ssml import is_ssml
from jobs.voices import DEFAULT_VOICE, parse_language
from scripts.console.input_text import STANDARD_INPUT, read_text
from scripts.console.screen import printable
from scripts.parsers import word_parsers
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from worker.pronunciation.spoken_line import SpokenLine


def main(argv: Sequence[str] | None = None) -> int:
    """Show how each line would be said."""
    args = word_parsers.pronounce().parse_args(argv)
    settings = WorkerSettings()
    language = parse_language(args.lang, DEFAULT_VOICE)
    text = read_text(args.text, settings.max_characters)
    if not text.strip():
        raise EmptyText("the text is empty; give at least one word")
    lines = _pronounce(text, language, args.reading, settings)
    if args.json and args.text == STANDARD_INPUT:
        for line in lines:
            print(json.dumps(describe_line(line), ensure_ascii=False))
        return 0
    documents = []
    for line in lines:
        print(*_draw(line), sep="\n")
        documents.append(describe_line(line))
    if args.json:
        document = {"language": language, "reading": args.reading, "lines": documents}
        print(json.dumps(document, ensure_ascii=False))
    return 0


def describe_line(line: SpokenLine) -> dict[str, Any]:
    """Return what is shown of a line in JSON."""
    from dataclasses import asdict

    return asdict(line) | {"unspoken": [piece.model_dump() for piece in line.unspoken]}


def _pronounce(
    text: str, language: str, reading: str, settings: WorkerSettings
) -> Iterator[SpokenLine]:
    from worker.pronunciation.phonemize import load_phonemizer
    from worker.pronunciation.spoken_line import pronounce_line
    from worker.speech.model.weights import load_vocabulary

    phonemizer = load_phonemizer(language, load_vocabulary(settings.model_dir), settings.kinds_off)
    for line in _split(text):
        yield pronounce_line(line, phonemizer, reading=reading)


def _split(text: str) -> Iterator[str]:
    """Yield the lines of `text`; SSML that does not end in its first line is one."""
    lines = (line.removesuffix("\n") for line in io.StringIO(text, newline=None))
    first = next(lines)
    if is_ssml(text) and "</speak>" not in first:
        yield text
        return
    yield first
    yield from lines


def _draw(line: SpokenLine) -> Iterator[str]:
    yield printable(line.text)
    facts = [
        ("words", line.words),
        ("phonemes", line.phonemes),
        *((one.kind, f"{one.text} → {one.words}") for one in line.readings),
        *(("unspoken", f"{one.text} at {one.start}: {one.reason}") for one in line.unspoken),
    ]
    for name, fact in facts:
        yield f"  {name:<12}  {printable(fact)}"
