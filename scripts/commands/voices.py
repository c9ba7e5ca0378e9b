"""``ktts voices``: the catalogue by language, and which voices are in the model directory.

With ``--json`` the last line of standard output is a list of ``{"name", "language",
"language_name", "gender", "is_installed"}``; ``is_installed`` is null where this machine has no
model directory.

Exit codes: 0, or 65 for a language that is unknown.
"""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jobs.voices import DEFAULT_VOICE, LANGUAGES, VOICES, parse_language
from scripts.parsers import word_parsers
from worker.settings import WorkerSettings

_GENDERS = {"f": "female", "m": "male"}


def main(argv: Sequence[str] | None = None) -> int:
    """List the voices."""
    args = word_parsers.voices().parse_args(argv)
    voice_dir = WorkerSettings().model_dir / "voices"
    language = parse_language(args.lang, DEFAULT_VOICE) if args.lang else None
    voices = [describe_voice(name, voice_dir) for name in VOICES if language in {None, name[0]}]
    _print_table(voices, voice_dir)
    if args.json:
        print(json.dumps(voices))
    return 0


def describe_voice(name: str, voice_dir: Path) -> dict[str, Any]:
    """Return what is known of a voice; ``is_installed`` is None where `voice_dir` is not there."""
    return {
        "name": name,
        "language": name[0],
        "language_name": LANGUAGES[name[0]],
        "gender": _GENDERS[name[1]],
        "is_installed": (voice_dir / f"{name}.pt").is_file() if voice_dir.is_dir() else None,
    }


def _print_table(voices: list[dict[str, Any]], voice_dir: Path) -> None:
    for (letter, language), group in groupby(
        voices, key=lambda voice: (voice["language"], voice["language_name"])
    ):
        print(f"{language} ({letter})")
        for voice in group:
            mark = " " if voice["is_installed"] is None else "+-"[not voice["is_installed"]]
            print(f"  {mark} {voice['name']:<16} {voice['gender']}")
    if voice_dir.is_dir():
        print(f"+ in {voice_dir}   - not there; `ktts fetch-model` fetches it")
    else:
        print(f"no model in {voice_dir.parent} on this machine; `ktts fetch-model` fetches it")
