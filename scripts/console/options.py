"""The options that say what is spoken and how, the same for every command that submits."""

import argparse
from pathlib import Path

from jobs.errors import InvalidRequest
from jobs.queue.queue import check_length
from jobs.request import FORMATS, SpeechRequest
from jobs.settings import QueueSettings
from jobs.text.markup import VOICE_CHANGE
from scripts.console.input_text import name_source, read_text
from scripts.console.roles_file import read_roles
from scripts.console.screen import tell
from scripts.console.text_script import check_script


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
    text = read_text(source, settings.max_characters)
    if args.lang == "auto":
        check_script(text, args.voice)
    request = SpeechRequest(
        text=text,
        voice=args.voice,
        language=args.lang,
        speed=args.speed,
        format=_choose_format(args.format, target),
        output_name=args.name,
        owner=args.owner or settings.owner,
        reading=args.reading,
        pause_scale=settings.pause_scale if args.pause_scale is None else args.pause_scale,
        speakers=read_roles(args.roles) if args.roles else {},
        metadata=({"source": name} if (name := name_source(source)) else {})
        | dict(getattr(args, "metadata", [])),
        callback_url=getattr(args, "callback_url", None),
    )
    check_length(request, settings.max_characters)
    if not request.speakers and (found := VOICE_CHANGE.search(request.text)):
        tell(f"{found.group()} names no voice and is spoken as words; --roles says who speaks")
    return request


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
