"""The elements and attributes of SSML that are known, and what their values mean.

What a value cannot mean is a `ValueError`, whose message says what it can.
"""

import re
from collections.abc import Collection, Mapping

from .characters import has_meaning
from .markup import LONGEST_WORD
from .normalize import normalize
from .pauses import PAUSES

ATTRIBUTES = {
    "speak": ("version", "xml:lang", "xml:base", "xsi:schemaLocation"),
    "p": (),
    "s": (),
    "break": ("time", "strength"),
    "sub": ("alias",),
    "phoneme": ("alphabet", "ph"),
    "say-as": ("interpret-as", "format"),
    "prosody": ("rate",),
}
"""Elements and the attributes that they may have; ``speak`` may have ``xmlns``, too."""
NEEDED = {"sub": "alias", "phoneme": "ph", "say-as": "interpret-as"}
"""Elements that hold text alone, and the attribute that each must have."""

BREAK_SECONDS = {
    "none": 0.0,
    "x-weak": PAUSES.clause_seconds,
    "weak": PAUSES.sentence_seconds,
    "medium": 0.5,
    "strong": 0.75,
    "x-strong": 1.2,
}
RATES = {
    "x-slow": 50,
    "slow": 75,
    "medium": 100,
    "default": 100,
    "fast": 125,
    "x-fast": 175,
}
"""Per cent of the request's speed."""
KINDS = {
    **dict.fromkeys(("characters", "spell-out", "verbatim"), "characters"),
    **dict.fromkeys(("cardinal", "number"), "cardinal"),
    **dict.fromkeys(("measure", "unit"), "measure"),
    "currency": "money",
    **{kind: kind for kind in ("date", "digits", "fraction", "ordinal", "telephone", "time")},
}
"""Values of ``interpret-as``, and what inline markup calls them."""
FORMATS = {
    "date": ("mdy", "dmy", "ymd", "md", "dm", "ym", "my", "y", "m", "d"),
    "time": ("hms12", "hms24"),
}
"""Values of ``format``; those of a time tell nothing that is not written."""

_BRACKETS = str.maketrans(dict.fromkeys("[]()［］（）", " "))
_TIME = re.compile(r"\+?(\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})(ms|s)")
_PERCENT = re.compile(r"([+-]?)(\d{1,4}(?:\.\d{1,4})?)%")
_FACTOR = re.compile(r"\d{1,2}(?:\.\d{1,4})?|\.\d{1,4}")
_DATE = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})")
_MAX_PERCENT = 999
_CENTURY, _LAST_YEAR_OF_2000 = 100, 68
_SHOWN_CHARACTERS = 40
_MOST_SPACES = 10
"""Times the longest alias: one that white space makes longer is not read."""


def check_element(name: str, attributes: Mapping[str, str], outer: str) -> None:
    """Check an element that stands in `outer`, by name and attributes; the root in nothing."""
    if name not in ATTRIBUTES:
        raise ValueError(f"<{shorten(name)}> is not supported; known are {', '.join(ATTRIBUTES)}")
    if outer in {*NEEDED, "break"} or (outer and name == "speak"):
        raise ValueError(f"<{name}> must not stand in <{outer}>")
    for attribute in attributes:
        is_namespace = name == "speak" and attribute.partition(":")[0] == "xmlns"
        if attribute not in ATTRIBUTES[name] and not is_namespace:
            raise ValueError(f"attribute {shorten(attribute)!r} of <{name}> is not supported")
    if name in NEEDED and NEEDED[name] not in attributes:
        raise ValueError(f"<{name}> needs the attribute {NEEDED[name]!r}")


def read_break(attributes: Mapping[str, str], scale: float = 1.0) -> float:
    """Return the seconds of a ``break``; its strength is `scale` times as long, its time is not."""
    strength = _choose("strength", attributes.get("strength", "medium"), BREAK_SECONDS)
    if "time" not in attributes:
        return round(BREAK_SECONDS[strength] * scale, 3)
    match = _TIME.fullmatch(attributes["time"].strip())
    if match is None:
        raise ValueError(f"time {shorten(attributes['time'])!r} is not one like 500ms or 1.5s")
    seconds = float(match[1]) * (0.001 if match[2] == "ms" else 1.0)
    return round(min(seconds, PAUSES.longest_seconds), 3)


def read_rate(rate: str, outer_percent: int) -> int:
    """Return a rate in per cent of the request's; ``+20%`` changes what is around it."""
    rate = rate.strip()
    if rate in RATES:
        return RATES[rate]
    percent = 0.0
    if match := _PERCENT.fullmatch(rate):
        amount = float(match[2])
        change = {"+": 100 + amount, "-": 100 - amount}.get(match[1])
        percent = amount if change is None else change * outer_percent / 100
    elif _FACTOR.fullmatch(rate):
        percent = 100 * float(rate)
    if percent <= 0:
        raise ValueError(
            f"rate {shorten(rate)!r} is not supported; use {', '.join(RATES)}, or one like 120%"
        )
    return min(max(1, round(percent)), _MAX_PERCENT)


def read_said(name: str, attributes: Mapping[str, str], written: str) -> tuple[str, str]:
    """Return how inline markup says `written` as an element has it.

    Returns:
        What stands in the round brackets, and what is shown where nothing is written.
    """
    if name == "sub":
        alias = _read_alias(attributes["alias"])
        return f"say:{alias}", alias
    if name == "phoneme":
        sound = _read_sound(attributes["ph"], attributes.get("alphabet", "ipa"))
        return f"/{sound}/", sound
    kind = KINDS[_choose("interpret-as", attributes["interpret-as"], KINDS)]
    form = attributes.get("format", "")
    if form:
        _choose(f"{kind} format", form, FORMATS.get(kind, ()))
    day = _read_date(written, form) if kind == "date" else ""
    return f"as:{kind}:{day}" if day else f"as:{kind}", ""


def shorten(value: str) -> str:
    """Return the beginning of `value`, for a message."""
    return value[:_SHOWN_CHARACTERS]


def _choose(name: str, value: str, known: Collection[str]) -> str:
    if value not in known:
        choice = f"use {', '.join(known)}" if known else "leave it out"
        raise ValueError(f"{name} {shorten(value)!r} is not supported; {choice}")
    return value


def _read_alias(alias: str) -> str:
    """Return an alias as it can stand in inline markup."""
    is_long = len(alias) > _MOST_SPACES * LONGEST_WORD
    normal = "" if is_long else normalize(alias, keeps_signs=True).text
    words = " ".join(normal.translate(_BRACKETS).split())
    if len(words) > LONGEST_WORD or not any(map(has_meaning, words)):
        raise ValueError(
            f"alias {shorten(alias)!r} holds no words, or more than {LONGEST_WORD} characters"
        )
    return words


def _read_sound(ph: str, alphabet: str) -> str:
    _choose("alphabet", alphabet, ("ipa",))
    sound = " ".join(ph.split())
    is_clean = sound == sound.translate(_BRACKETS) and "/" not in sound
    if not is_clean or len(sound) > LONGEST_WORD or not any(map(str.isalpha, sound)):
        raise ValueError(
            f"ph {shorten(ph)!r} is no sound: give IPA without brackets and strokes, of at most "
            f"{LONGEST_WORD} characters"
        )
    return sound


def _read_date(written: str, form: str) -> str:
    """Return a date in figures as ISO 8601 writes it; empty if it is none, or not a whole one."""
    match = _DATE.fullmatch(written)
    if match is None or sorted(form) != ["d", "m", "y"]:
        return ""
    parts = dict(zip(form, match.groups(), strict=True))
    year, month, day = (int(parts[name]) for name in "ymd")
    if len(parts["y"]) <= len("yy"):
        year += 19 * _CENTURY if year > _LAST_YEAR_OF_2000 else 20 * _CENTURY
    return f"{year:04}-{month:02}-{day:02}"
