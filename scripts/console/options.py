"""The options that say what is spoken and how, the same for every command that submits."""

import argparse
from pathlib import Path

from jobs.errors import InvalidRequest
from jobs.queue.queue import check_length
from jobs.request import FORMATS, MAX_PAUSE_SCALE, READINGS, SpeechRequest
from jobs.settings import QUEUES, QueueSettings
from jobs.text.markup import VOICE_CHANGE
from jobs.voices import DEFAULT_VOICE
from scripts.console.input_text import read_text
from scripts.console.roles_file import read_roles
from scripts.console.screen import tell

MAX_PORT = 65_535


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
    add_roles_option(parser)
    add_reading_option(parser)
    add_pause_option(parser)
    parser.add_argument(
        "--queue", default=queue, help=f"{', '.join(QUEUES)} (default: %(default)s)"
    )
    parser.add_argument("--name", help="name in the output directory, without extension")
    parser.add_argument("--again", action="store_true", help="make it anew if it is there already")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    add_json_option(parser)


def build_request(
    args: argparse.Namespace, source: str, settings: QueueSettings, target: Path | None = None
) -> SpeechRequest:
    """Read the text and check everything that can be checked without the server.

    Args:
        args: What `add_request_options` has parsed.
        source: Text, file or ``-``.
        settings: For the longest text that is taken.
        target: Where the user wants the file; its extension names the format.

    Raises:
        InvalidRequest: or the class below it that fits.
        InputError: the text cannot be read.
    """
    request = SpeechRequest(
        text=read_text(source, settings.max_characters),
        voice=args.voice,
        language=args.lang,
        speed=args.speed,
        format=_choose_format(args.format, target),
        output_name=args.name,
        reading=args.reading,
        pause_scale=settings.pause_scale if args.pause_scale is None else args.pause_scale,
        speakers=read_roles(args.roles) if args.roles else {},
    )
    check_length(request, settings.max_characters)
    if not request.speakers and (found := VOICE_CHANGE.search(request.text)):
        tell(f"{found.group()} names no voice and is spoken as words; --roles says who speaks")
    return request


def add_roles_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--roles``."""
    parser.add_argument(
        "--roles",
        type=Path,
        metavar="TOML",
        help="who speaks after [voice:NAME]: voices and speeds",
    )


def add_reading_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--reading``."""
    parser.add_argument(
        "--reading",
        choices=READINGS,
        default="full",
        help="plain: without the reading rules (default: %(default)s)",
    )


def add_pause_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--pause-scale``."""
    parser.add_argument(
        "--pause-scale",
        metavar="FACTOR",
        help=f"factor on pauses, 0 to {MAX_PAUSE_SCALE:g} (default: KTTS_PAUSE_SCALE, or 1)",
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument(
        "--json", action="store_true", help="last line of standard output is a JSON document"
    )


def positive(text: str) -> int:
    """Read a whole number above 0, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def address(text: str) -> tuple[str, int]:
    """Read HOST:PORT, for argparse; brackets around an IPv6 host are taken off."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:8880")
    return host.removeprefix("[").removesuffix("]"), int(port)


def format_url(host: str, port: int) -> str:
    """Return the address of a server, with brackets around an IPv6 host."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _choose_format(wanted: str | None, target: Path | None) -> str:
    extension = target.suffix.lower().removeprefix(".") if target else ""
    if wanted is None and target and extension not in FORMATS:
        raise InvalidRequest(
            f"cannot tell the format from {target.name!r}; "
            f"end it in .{', .'.join(FORMATS)} or give --format"
        )
    if wanted in FORMATS and extension in FORMATS and wanted != extension:
        raise InvalidRequest(f"-o ends in .{extension} but --format is {wanted}; make them agree")
    return wanted or extension or "wav"
