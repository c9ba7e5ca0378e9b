"""Captions as files: SRT, WebVTT by sentence and by word, and all times as JSON. In pieces."""

import json
from collections.abc import Iterable, Iterator

from .captions import Cue
from .sentence_times import SpokenSentence, SpokenWord

CAPTION_SUFFIXES = (".srt", ".vtt", ".words.vtt", ".timings.json")
"""Of the files beside a book's audio; the third only where a word's time is known."""

VTT_HEADER = "WEBVTT\n\n"


def format_srt(cue: Cue, number: int) -> str:
    """Return one cue of a SubRip file, counted from 1; the speaker's name goes before the words."""
    times = _format_times(cue.start_seconds, cue.end_seconds, ",")
    name = f"{cue.speaker}: " if cue.speaker else ""
    return f"{number}\n{times}\n{name}" + "\n".join(cue.lines) + "\n\n"


def format_vtt(cue: Cue) -> str:
    """Return one cue of a WebVTT file, which begins with `VTT_HEADER`."""
    return _format_vtt(cue.start_seconds, cue.end_seconds, "\n".join(cue.lines), cue.speaker)


def format_word(word: SpokenWord, speaker: str = "") -> str:
    """Return a word as a cue of its own."""
    return _format_vtt(word.start_seconds, word.end_seconds, word.text, speaker)


def format_timings(
    chapters: Iterable[tuple[str, float, float, Iterable[SpokenSentence]]],
) -> Iterator[str]:
    """Yield a JSON document of all times, a sentence at a time.

    Args:
        chapters: Of each its title, when it starts and ends in seconds, and its sentences.
    """
    yield '{"version":1,"chapters":['
    for number, (title, start_seconds, end_seconds, sentences) in enumerate(chapters):
        head = {"title": title, "start_seconds": start_seconds, "end_seconds": end_seconds}
        yield (",\n" if number else "\n") + _dump(head)[:-1] + ',"sentences":['
        for index, sentence in enumerate(sentences):
            yield (",\n" if index else "\n") + _dump(_sentence_fields(sentence))
        yield "]}"
    yield "]}\n"


def _sentence_fields(sentence: SpokenSentence) -> dict[str, object]:
    return {
        **({"speaker": sentence.speaker} if sentence.speaker else {}),
        "text": sentence.text,
        "start_seconds": round(sentence.start_seconds, 3),
        "end_seconds": round(sentence.end_seconds, 3),
        "words": [
            {
                "text": word.text,
                "start_seconds": round(word.start_seconds, 3),
                "end_seconds": round(word.end_seconds, 3),
            }
            for word in sentence.words
        ],
    }


def _format_vtt(start_seconds: float, end_seconds: float, text: str, speaker: str) -> str:
    voice = f"<v {_escape(speaker)}>" if speaker else ""
    return f"{_format_times(start_seconds, end_seconds, '.')}\n{voice}{_escape(text)}\n\n"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _format_times(start_seconds: float, end_seconds: float, point: str) -> str:
    start = round(start_seconds * 1_000)
    # A cue must not end when it begins, as a word does that trimming has left nothing of.
    end = max(round(end_seconds * 1_000), start + 1)
    return f"{_clock(start, point)} --> {_clock(end, point)}"


def _clock(milliseconds: int, point: str) -> str:
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds, milliseconds = divmod(milliseconds, 1_000)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{milliseconds:03}"


def _dump(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
