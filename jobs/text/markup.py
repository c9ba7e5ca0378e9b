"""What a text may hold that is not read out: pauses, speed, voices, and how a word is said."""

import re

from .pauses import PAUSES

BARE_PAUSE = re.compile(
    r"\[pause:[ \t]?(?P<amount>\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})[ \t]?(?P<unit>ms|s)\]",
    re.IGNORECASE,
)
"""``[pause:1.5s]`` or ``[pause:500ms]``; to search with, in time that grows as the text does."""

PAUSE = re.compile(rf"\s*{BARE_PAUSE.pattern}", re.IGNORECASE)
"""The same with the white space before it; to match with at one place."""

VOICE = re.compile(r"\[/?voice(?::[^\[\]\n]{0,200})?\]", re.IGNORECASE)
"""What looks like a change of voice; no caption shows it."""

VOICE_CHANGE = re.compile(r"\[voice:(?P<speaker>[^\[\]\n]{1,200})\]")
"""``[voice:Ann]``: who speaks from there on, a role or a voice; other names are words."""

SPEAKER_MARK = "\ue012"
"""On both sides of a speaker's name; where a source has it, `read_source` reads another sign."""

SPEAKER = re.compile(rf"{SPEAKER_MARK}(?P<speaker>[^{SPEAKER_MARK}\n]{{0,200}}){SPEAKER_MARK}\s*")
"""The same in a text that is read, once it is known that there is such a speaker; nobody for the
voice of the request. `write_speaker` writes it."""

SPEED = re.compile(r"\[speed:(?P<percent>\d{1,3})%\]\s*", re.IGNORECASE)
"""``[speed:150%]``: half as fast again as the request asks, up to the next of these."""

SAY_AS = (
    *("characters", "digits", "cardinal", "ordinal", "fraction", "measure", "money"),
    *("date", "time", "telephone"),
)
"""What a stretch may be said as: its characters, or what the reading rules of that kind make."""

LONGEST_WORD = 200
"""Characters of a stretch, and of how it is said."""

SOUND = re.compile(
    rf"\[(?P<word>[^\[\]\n]{{0,{LONGEST_WORD}}})\]\("
    rf"(?:/(?P<phonemes>[^/\n]{{1,{LONGEST_WORD}}})/"
    rf"|say:(?P<alias>[^()\[\]\n]{{0,{LONGEST_WORD}}})"
    rf"|as:(?P<kind>{'|'.join(SAY_AS)})(?::(?P<value>[^()\[\]\n]{{1,{LONGEST_WORD}}}))?)\)",
    re.IGNORECASE,
)
"""``[Kokoro](/kˈOkəɹO/)``: the word, and how it is said. Or ``[Milly](say:Millie)``, in ordinary
letters, or ``[007](as:digits)``, by its kind, which may be that of another way to write it:
``[4/3/25](as:date:2025-03-04)``."""


def read_pause(match: re.Match[str]) -> float:
    """Return the length in seconds of a match of `PAUSE` or `BARE_PAUSE`."""
    scale = 0.001 if match["unit"].lower() == "ms" else 1.0
    return min(float(match["amount"]) * scale, PAUSES.longest_seconds)


def read_speed(match: re.Match[str]) -> float:
    """Return the factor that a match of `SPEED` puts on the request's speed."""
    return max(1, int(match["percent"])) / 100


def write_speaker(name: str) -> str:
    """Return the change to a speaker that `SPEAKER` finds."""
    return f"{SPEAKER_MARK}{name}{SPEAKER_MARK}"


def has_words(text: str) -> bool:
    """Say whether `text` holds anything but pauses and changes of speed."""
    return bool(SPEED.sub("", BARE_PAUSE.sub("", text)).strip())


def write_pause(seconds: float) -> str:
    """Return the markup that `read_pause` reads as `seconds`."""
    return f"[pause:{seconds:g}s]"


def unnamed(pattern: re.Pattern[str]) -> str:
    """Return the source of `pattern` without names for its groups, to be part of another one."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern)
