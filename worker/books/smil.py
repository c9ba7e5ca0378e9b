"""Writes media overlays: which span of a page is shown while which stretch of audio is heard."""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a file of audio, and the span that is shown meanwhile."""

    fragment: str
    """Id of the span."""
    audio: str
    """Name of the file, beside the overlay."""
    begin_milliseconds: int
    end_milliseconds: int


def write_smil(page: str, folder: str, clips: Iterable[Clip]) -> str:
    """Return the overlay of a page.

    Args:
        page: Name of the page in the book.
        folder: Folder of overlays and audio, with a slash at its end.
        clips: In the order of the page.
    """
    path = quote(posixpath.relpath(page, folder))
    pars = "".join(
        f'<par id="par-{number}"><text src="{path}#{clip.fragment}"/>'
        f'<audio src="{clip.audio}" clipBegin="{format_clock(clip.begin_milliseconds)}" '
        f'clipEnd="{format_clock(clip.end_milliseconds)}"/></par>\n'
        for number, clip in enumerate(clips, 1)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'version="3.0"><body><seq id="page" epub:textref="{path}">\n{pars}</seq></body></smil>\n'
    )


def format_clock(milliseconds: int) -> str:
    """Return a time as SMIL writes it, for example ``0:01:02.345``."""
    seconds, milliseconds = divmod(milliseconds, 1_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{milliseconds:03}"
