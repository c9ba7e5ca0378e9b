"""The command line of ``ktts audiobook``."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from jobs.assembly import BOOK_FORMATS, BookFormat
from jobs.errors import InvalidRequest
from jobs.settings import QueueSettings
from scripts.audiobook.make.library_name import check_template
from scripts.audiobook.plan.choose import BookOptions, check_speech
from scripts.audiobook.plan.plan_file import read_plan
from scripts.audiobook.plan.word_list import read_lexicon
from scripts.console.options import (
    add_json_option,
    add_pause_option,
    add_reading_option,
    add_roles_option,
    positive,
)
from scripts.console.roles_file import read_roles
from scripts.local_stack.embedded import add_embedded_options

LOUDEST_LUFS, QUIETEST_LUFS = -5.0, -40.0
DEFAULT_LOUDNESS = "-18"


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; exits with 2 if it is wrong."""
    parser = argparse.ArgumentParser(
        prog="ktts audiobook",
        description="Turn books into audiobooks; the same command again does what is missing.",
    )
    parser.add_argument("books", nargs="+", type=Path, metavar="BOOK", help="a file, or a folder")
    _add_outcome_options(parser)
    _add_speech_options(parser)
    _add_modes(parser)
    args = parser.parse_args(argv)
    is_making = not (args.list or args.write_plan or args.cancel)
    if is_making and args.output is None:
        parser.error("say with -o DIR where the audiobooks go")
    if args.workers is not None and not args.embedded:
        parser.error("--workers goes with --embedded; else `ktts up --workers N` starts them")
    if args.plan and args.write_plan:
        parser.error("give --plan or --write-plan, not both")
    args.workers = args.workers or 1
    return args


def read_options(args: argparse.Namespace) -> BookOptions:
    """Check the options and read the files that they name.

    Raises:
        InvalidRequest: an option is wrong; or a subclass.
        InputError: the plan or the lexicon cannot be read.
        StartupError: a setting has a value that it cannot have.
    """
    settings = QueueSettings()
    pause_scale = settings.pause_scale if args.pause_scale is None else args.pause_scale
    if args.name is not None:
        check_template(args.name)
    speech = check_speech(args.voice, args.speed, args.lang, pause_scale)
    return BookOptions(
        format=_choose_format(args),
        is_split=args.split,
        loudness_lufs=_read_loudness(args.loudness),
        has_captions=not args.no_captions,
        selection=args.chapters,
        include_all=args.all,
        is_preview=args.preview,
        plan=args.plan and read_plan(args.plan),
        words=args.lexicon and read_lexicon(args.lexicon),
        roles=read_roles(args.roles) if args.roles else {},
        reading=args.reading,
        kinds_off=settings.kinds_off,
        **speech,
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


def _add_speech_options(parser: argparse.ArgumentParser) -> None:
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


def _choose_format(args: argparse.Namespace) -> BookFormat:
    wanted = args.format or ("mp3" if args.split else "m4b")
    for known in BOOK_FORMATS:
        if wanted == known:
            return known
    raise InvalidRequest(f"format {wanted!r}: choose from {', '.join(BOOK_FORMATS)}")


def _read_loudness(text: str) -> float | None:
    if text == "off":
        return None
    try:
        wanted = float(text)
    except ValueError:
        wanted = 0.0
    if not QUIETEST_LUFS <= wanted <= LOUDEST_LUFS:
        raise InvalidRequest(
            f"loudness {text!r} is not between {QUIETEST_LUFS:.0f} and {LOUDEST_LUFS:.0f} LUFS; "
            f"books have {DEFAULT_LOUDNESS}, and off leaves the audio as it was spoken"
        )
    return wanted
