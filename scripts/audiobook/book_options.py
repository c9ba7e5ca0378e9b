"""The command line of ``ktts audiobook``."""

import argparse
from collections.abc import Sequence

from jobs.errors import InvalidRequest
from jobs.formats import BOOK_FORMATS, BookFormat
from jobs.settings import QueueSettings
from jobs.text.owners import check_owner
from scripts.audiobook.make.library_name import check_template
from scripts.audiobook.plan.choose import BookOptions, check_speech
from scripts.audiobook.plan.plan_file import read_plan
from scripts.audiobook.plan.word_list import read_lexicon
from scripts.console.roles_file import read_roles
from scripts.parsers.speech_parsers import DEFAULT_LOUDNESS, audiobook

LOUDEST_LUFS, QUIETEST_LUFS = -5.0, -40.0


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; exits with 2 if it is wrong."""
    parser = audiobook()
    args: argparse.Namespace = parser.parse_args(argv)
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
        owner=check_owner(args.owner) if args.owner else settings.owner,
        **speech,
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
