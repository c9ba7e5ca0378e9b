"""Reads subtitles (SRT and WebVTT) as a text: sentences without numbers, times and styles."""

import html
import re

_TIMES = re.compile(
    r"^[ \t]*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}[ \t]*-->[ \t]*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}.*$",
    re.MULTILINE,
)
_NUMBER = re.compile(r"\n[ \t]*[\w-]*[ \t]*\Z")
"""Number or name of the next cue, on the line before its times."""
_BLOCK = re.compile(r"^(?:WEBVTT|NOTE|STYLE|REGION)\b.*(?:\n.+)*", re.MULTILINE)
_TAG = re.compile(r"</?[^<>\n]{0,80}>|\{\\?[^{}\n]{0,80}\}|\\[Nnh]")
_SPEAKER_DASH = re.compile(r"^[-–—‐]\s*", re.MULTILINE)
_SENTENCE_END = re.compile(r"[.!?…。！？।♪][\"'”’»」』)\]]*$")


def is_subtitles(text: str) -> bool:
    """Return whether `text` is a file of subtitles."""
    head = text[:2_000].lstrip("\ufeff \n")
    first = _TIMES.search(head)
    if first is None:
        return False
    before = head[: first.start()].strip()
    return head.startswith("WEBVTT") or not before or before.isdigit()


def read_subtitles(text: str) -> str:
    """Return what is said: a paragraph for each sentence, or for each speaker's."""
    paragraphs: list[str] = []
    is_open = False
    pieces = _TIMES.split(_BLOCK.sub("", text))
    for at, piece in enumerate(pieces[1:], 1):
        said = _NUMBER.sub("", f"{piece.rstrip()}") if at < len(pieces) - 1 else piece
        said = html.unescape(_TAG.sub(" ", said))
        has_speakers = len(_SPEAKER_DASH.findall(said)) > 1
        lines = [" ".join(line.split()) for line in _SPEAKER_DASH.sub("", said).split("\n")]
        lines = [line for line in lines if line]
        for line in lines if has_speakers else [" ".join(lines)]:
            if not line:
                continue
            if is_open and not has_speakers:
                paragraphs[-1] += f" {line}"
            else:
                paragraphs.append(line)
            is_open = not _SENTENCE_END.search(line)
    return "\n\n".join(paragraphs)
