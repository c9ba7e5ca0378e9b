"""What a character is to speech: a sound to be made, a mark between sounds, or decoration.

The rule for "nothing is dropped in silence": letters, digits, emoji and symbols with a spoken
meaning count, and are reported when they have no sound. White space, punctuation (quotes, dashes,
bullets, ``*``, ``#``) and the drawing characters of tables do not count.
"""

import unicodedata
from functools import lru_cache

SPOKEN_PUNCTUATION = frozenset("&@%")
"""Punctuation to Unicode, a word to everybody else."""

PUNCTUATION = ';:,.!?—…"“”()'
"""The marks that Kokoro reads; all others are brought to one of these or left out."""

STOPS = ".!?…"
"""What ends a sentence where a space follows."""

FINAL_STOPS = "。！？｡．।॥؟۔"
"""What ends one in languages that need no space after it."""

CLAUSE_MARKS = ",;:"
"""What ends a clause where a space follows."""

FINAL_CLAUSE_MARKS = "、，；：､،؛"
"""What ends one in languages that need no space after it."""

CLOSING_MARKS = "\"'”’»›)]}」』】》〉）］*_"
"""What may stand between such a mark and the space after it."""

_STRESS = frozenset("ˈˌːʰʲ")
_DECORATION = frozenset("`|~^¨´¸˜")
_PICTURES = (
    ("\u2190", "\u21ff"),  # arrows
    ("\u2300", "\u23ff"),  # technical
    ("\u25a0", "\u27bf"),  # shapes, miscellaneous symbols, dingbats
    ("\u2900", "\u297f"),  # arrows
    ("\u2b00", "\u2bff"),  # arrows and stars
    ("\U0001f000", "\U0001faff"),  # emoji, cards, tiles
)


@lru_cache(maxsize=4096)
def has_meaning(char: str) -> bool:
    """Say whether leaving `char` out would lose something."""
    if char.isalnum() or char in SPOKEN_PUNCTUATION:
        return True
    if char in _DECORATION or "\u2500" <= char <= "\u25ff":  # lines, blocks, bullets of tables
        return False
    return unicodedata.category(char) in {"Sm", "Sc", "So", "Sk", "No", "Nl", "Co", "Cn"}


@lru_cache(maxsize=4096)
def is_picture(char: str) -> bool:
    """Say whether `char` is an emoji or another picture, which nobody reads out."""
    return any(first <= char <= last for first, last in _PICTURES)


@lru_cache(maxsize=4096)
def find_script(char: str) -> str:
    """Return the script of a letter as Unicode names it, for example LATIN, CJK or DEVANAGARI."""
    return unicodedata.name(char, "UNKNOWN").split(" ", 1)[0].split("-", 1)[0]


def extends_previous(text: str, at: int) -> bool:
    """Say whether the character at `at` belongs to the one before it and must not be cut off."""
    char = text[at]
    return (
        char in "\u200d\ufe0f\ufe0e\uff9e\uff9f"
        or unicodedata.category(char).startswith("M")
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or (at > 0 and text[at - 1] == "\u200d" and _can_be_joined(char))
    )


def _can_be_joined(char: str) -> bool:
    """Say whether a joiner before `char` means something: in emoji, and in scripts without case."""
    return is_picture(char) or unicodedata.category(char) == "Lo"


def has_sound(phonemes: str) -> bool:
    """Say whether `phonemes` hold a sound, not only stress, punctuation and space."""
    return any(char.isalpha() and char not in _STRESS for char in phonemes)
