"""The versions of what decides, beside the request, which words are said and how long it is silent.

The request itself says the rest: its text, word list, language and way of reading are in its id.
Audio of two text versions does not belong into one file.
"""

from collections.abc import Iterator, Mapping

from .pauses import scale_pauses

READING_VERSION = "4"
"""Raise it when the same text would be read otherwise."""

HETERONYMS_VERSION = "1"
"""Raise it when an English word with two readings would be said otherwise."""

CHUNKER_VERSION = "5"
"""Raise it when the same text would be cut or normalised otherwise."""

_NAMES = {
    "reading": "reading rules",
    "heteronyms": "words with two readings",
    "chunker": "cutting into chunks",
    "pauses": "pauses",
    "reading_off": "kinds of rules that are off",
}


def text_version(
    language: str = "a", reading: str = "full", kinds_off: str = "", *, pause_scale: float = 1.0
) -> dict[str, str]:
    """Return the versions for a text, by their names in a fingerprint.

    Args:
        language: One of Kokoro's letters.
        reading: full, or plain: then no rules act.
        kinds_off: Kinds of rules that do not act, in alphabetical order, with commas.
        pause_scale: The request's.
    """
    is_full = reading == "full"
    return {
        "reading": READING_VERSION if is_full else reading,
        **({"heteronyms": HETERONYMS_VERSION} if language in "ab" else {}),
        "chunker": CHUNKER_VERSION,
        "pauses": scale_pauses(pause_scale).fingerprint,
        **({"reading_off": kinds_off} if kinds_off and is_full else {}),
    }


def pick_version(fingerprint: Mapping[str, str]) -> dict[str, str]:
    """Return the text version that a whole fingerprint holds; what it lacks is missing."""
    version = {name: fingerprint[name] for name in _NAMES if name in fingerprint}
    if version.get("reading") == "plain":  # no rules act, whatever is off
        version.pop("reading_off", None)
    return version


def describe_change(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Say what differs between two text versions: ``reading rules 1, now 2; pauses ...``."""
    return "; ".join(_name_changes(then, now))


def _name_changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for key in {**now, **then}:
        if then.get(key) != now.get(key):
            before, after = then.get(key, "none"), now.get(key, "none")
            yield f"{_NAMES.get(key, key)} {before}, now {after}"
