"""``ktts voices``: the catalogue by language, and which voices are in the model directory.

With ``--json`` the last line of standard output is a list of ``{"name", "language",
"language_name", "gender", "is_installed"}``; ``is_installed`` is null where this machine has no
model directory.

Exit codes: 0, or 65 for a language that is unknown.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.voices import DEFAULT_VOICE, LANGUAGES, VOICES, parse_language
from scripts.console.options import add_json_option
from scripts.console.screen import Screen, make_table, make_text
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

_GENDERS = {"f": "female", "m": "male"}


def main(argv: Sequence[str] | None = None) -> int:
    """List the voices."""
    args = _parse(argv)
    voice_dir = WorkerSettings().model_dir / "voices"
    language = parse_language(args.lang, DEFAULT_VOICE) if args.lang else None
    voices = [describe_voice(name, voice_dir) for name in VOICES if language in {None, name[0]}]
    Screen(sys.stdout).write(_draw(voices, voice_dir))
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


def _draw(voices: list[dict[str, Any]], voice_dir: Path) -> Group:
    from rich.console import Group

    parts: list[RenderableType] = []
    for (letter, language), group in groupby(
        voices, key=lambda voice: (voice["language"], voice["language_name"])
    ):
        table = make_table(gap=1)
        for voice in group:
            is_there = voice["is_installed"]
            mark = " " if is_there is None else "+-"[not is_there]
            name = make_text(f"{voice['name']:<16}", "" if is_there is not False else "dim")
            table.add_row(f"  {mark}", name, voice["gender"])
        parts += [make_text(f"{language} ({letter})", "bold"), table]
    if voice_dir.is_dir():
        legend = f"+ in {voice_dir}   - not there; `ktts fetch-model` fetches it"
    else:
        legend = f"no model in {voice_dir.parent} on this machine; `ktts fetch-model` fetches it"
    return Group(*parts, make_text(legend))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ktts voices", description="List the voices.")
    parser.add_argument("--lang", help="only this language, for example en-gb or j")
    add_json_option(parser)
    return parser.parse_args(argv)
