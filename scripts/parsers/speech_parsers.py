"""The command lines of what speaks: speak, submit, audiobook."""

from __future__ import annotations

import argparse
from pathlib import Path

from jobs.formats import BOOK_FORMATS, FORMATS, READINGS
from jobs.places import QUEUES, default_data_dir
from jobs.voices import DEFAULT_VOICE
from scripts.parsers.parser import Parser, add_json_option, label, positive

DEFAULT_LOUDNESS = "-18"


def speak() -> Parser:
    """Return the parser of ``ktts speak``."""
    parser = Parser(prog="ktts speak", description="Speak a text and wait for the file.")
    parser.add_argument(
        "source", metavar="TEXT|FILE|-", help="the text, a text file, or - for stdin"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE|-",
        help="put the audio here, - is standard output (default: beside you for a file, "
        "else the output directory)",
    )
    add_request_options(parser, queue="interactive")
    add_embedded_options(parser)
    return parser


def submit() -> Parser:
    """Return the parser of ``ktts submit``."""
    parser = Parser(prog="ktts submit", description="Put texts into the queue; prints their ids.")
    parser.add_argument(
        "sources", nargs="+", metavar="TEXT|FILE|-", help="texts, text files, or - for stdin"
    )
    add_request_options(parser, queue="default")
    add_callback_options(parser)
    return parser


def audiobook() -> Parser:
    """Return the parser of ``ktts audiobook``."""
    parser = Parser(
        prog="ktts audiobook",
        description="Turn books into audiobooks; the same command again does what is missing.",
    )
    parser.add_argument("books", nargs="+", type=Path, metavar="BOOK", help="a file, or a folder")
    _add_outcome_options(parser)
    _add_narration_options(parser)
    add_callback_options(parser)
    _add_modes(parser)
    return parser


def add_request_options(parser: argparse.ArgumentParser, *, queue: str) -> None:
    """Add the options of a request; `queue` is where it goes unless told otherwise.

    Values are checked by `SpeechRequest`, so that a wrong one is the same error everywhere.
    """
    parser.add_argument(
        "--voice",
        default=DEFAULT_VOICE,
        help="voice, or a blend such as af_heart:0.7,am_adam:0.3 (default: %(default)s)",
    )
    parser.add_argument(
        "--speed", default="1.0", help="0.5 to 2.0, above 1 is faster (default: %(default)s)"
    )
    parser.add_argument(
        "--lang", default="auto", help="language, for example en-us (default: the voice's own)"
    )
    parser.add_argument(
        "--format", help=f"{', '.join(FORMATS)} (default: by the name of the output file, or wav)"
    )
    parser.add_argument("--lexicon", type=Path, metavar="TOML", help="how words are said")
    add_roles_option(parser)
    add_reading_option(parser)
    add_pause_option(parser)
    parser.add_argument(
        "--queue", default=queue, help=f"{', '.join(QUEUES)} (default: %(default)s)"
    )
    parser.add_argument("--name", help="name in the output directory, without extension")
    add_owner_option(parser, "whose job it is")
    parser.add_argument("--again", action="store_true", help="make it anew if it is there already")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    add_json_option(parser)


def add_callback_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--callback-url`` and ``--metadata``."""
    parser.add_argument(
        "--callback-url", metavar="URL", help="who is told of the end (docs/webhooks.md)"
    )
    parser.add_argument(
        "--metadata",
        action="append",
        type=label,
        default=[],
        metavar="KEY=VALUE",
        help="a label of your own, which comes with the message; may be given often",
    )


def add_roles_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--roles``."""
    parser.add_argument(
        "--roles",
        type=Path,
        metavar="TOML",
        help="who speaks after [voice:NAME]: voices and speeds",
    )


def add_pause_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--pause-scale``."""
    parser.add_argument(
        "--pause-scale",
        metavar="FACTOR",
        help="factor on pauses, 0 to 4 (default: KTTS_PAUSE_SCALE, or 1)",
    )


def add_reading_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--reading``."""
    parser.add_argument(
        "--reading",
        choices=READINGS,
        default="full",
        help="plain: without the reading rules (default: %(default)s)",
    )


def add_owner_option(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Add ``--owner``."""
    parser.add_argument("--owner", metavar="NAME", help=f"{meaning} (default: KTTS_OWNER)")


def add_embedded_options(parser: argparse.ArgumentParser) -> None:
    """Add what `open_workplace` reads."""
    parser.add_argument(
        "--embedded", action="store_true", help="start a server and workers for this one call"
    )
    add_data_option(parser, "with --embedded: ")


def add_data_option(parser: argparse.ArgumentParser, condition: str = "") -> None:
    """Add the data directory of a stack."""
    parser.add_argument(
        "--data",
        type=Path,
        default=default_data_dir(),
        metavar="DIR",
        help=f"{condition}queue, output and work in progress (default: %(default)s)",
    )


def _add_outcome_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="where the audiobooks go")
    parser.add_argument(
        "--name",
        metavar="TEMPLATE",
        help="names of files as in {author}/{series}/{title}, with the cover beside them",
    )
    parser.add_argument(
        "--format", help=f"{', '.join(BOOK_FORMATS)} (default: m4b; with --split mp3)"
    )
    parser.add_argument("--split", action="store_true", help="a file for each chapter")
    parser.add_argument(
        "--preview", action="store_true", help="about the first minute of each chapter, in one file"
    )
    parser.add_argument(
        "--loudness",
        default=DEFAULT_LOUDNESS,
        metavar="LUFS",
        help="loudness of the whole file, or off (default: %(default)s)",
    )
    parser.add_argument(
        "--no-captions", action="store_true", help="no SRT, WebVTT and timings beside the audio"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    parser.add_argument(
        "--keep-parts",
        action="store_true",
        help="go on with parts that were spoken under other rules, before an upgrade for example",
    )


def _add_narration_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--voice", help="voice, or a blend such as af_heart:0.7,am_adam:0.3 (default: by language)"
    )
    parser.add_argument("--speed", help="0.5 to 2.0, above 1 is faster (default: 1.0)")
    parser.add_argument("--lang", help="language, for example en-us (default: the book's own)")
    parser.add_argument(
        "--chapters", default="", metavar="2-5,8", help="only these, as --list counts them"
    )
    parser.add_argument("--all", action="store_true", help="keep front and back matter")
    parser.add_argument("--plan", type=Path, metavar="TOML", help="titles, order, voices, skips")
    parser.add_argument("--lexicon", type=Path, metavar="TOML", help="how words are said")
    add_roles_option(parser)
    add_reading_option(parser)
    add_pause_option(parser)
    add_owner_option(parser, "whose books they are")


def _add_modes(parser: argparse.ArgumentParser) -> None:
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--list", action="store_true", help="show the chapters and end")
    modes.add_argument(
        "--write-plan", type=Path, metavar="TOML", help="write a plan to edit, and end"
    )
    modes.add_argument("--cancel", action="store_true", help="stop making these books")
    add_json_option(parser)
    add_embedded_options(parser)
    parser.add_argument(
        "--workers", type=positive, metavar="N", help="with --embedded (default: 1)"
    )
