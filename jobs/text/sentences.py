"""Sentences and words of a text as it was written, without what is not meant to be read.

For people's eyes, in all nine languages. Nothing that can be spoken is left out: each letter and
digit of the text, markup aside, is in exactly one word of exactly one sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from .abbreviations import find_last_word, is_short_before_number, is_short_form
from .markup import PAUSE, SOUND, VOICE, unnamed

_CJK = "\u2e80-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_TOKEN = re.compile(
    rf"(?P<silent>{unnamed(PAUSE)}|\s*{VOICE.pattern})"
    rf"|(?P<space>\s+)"
    rf"|(?P<sound>{SOUND.pattern})"
    rf"|(?P<run>[^\s\[{_CJK}—―]+)"
    r"|(?P<other>.)",
    re.IGNORECASE,
)
_NEWLINE = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_SHORT_LINE_CHARACTERS = 45
"""A shorter line ended on purpose, as in verse; a longer one was wrapped at the page's width..."""
_LONG_LINE_CHARACTERS = 120
"""...and this long it is a whole paragraph."""

_CLOSING = r"""["'”’»›)\]}」』】》〉）］*_\s]*\Z"""
_FINAL_STOP = re.compile(f"[。！？｡．।॥؟۔]+[.!?…。！？]*{_CLOSING}")
_STOP = re.compile(f"[.!?…]+{_CLOSING}")
_CLAUSE = re.compile(rf"(?:[,;:.!?…、，；：،؛]|--|[—–―]){_CLOSING}")
_LIST_NUMBER = re.compile(r"\(?\d{1,3}\.")
_FRENCH_CLOSING = re.compile(r"[!?;:.,»›…%]+")
_FRENCH_OPENING = re.compile(r"[«‹]")
_DASH = re.compile(r"[—–―-]+")
_NEVER_FIRST = frozenset("ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ")
_JOINS_PREVIOUS = frozenset({"Pe", "Pf", "Po", "Pd", "Mn", "Mc", "Me", "Cf"})
_JOINS_NEXT = frozenset({"Ps", "Pi"})


class Break(IntEnum):
    """What parts a word from the one before it."""

    NONE = 0
    """Nothing, not even a space."""
    SPACE = 1
    LINE = 2
    """A line that ended on purpose."""
    PARAGRAPH = 3
    """Also a written pause or a change of voice."""


@dataclass(frozen=True, slots=True)
class ShownWord:
    """What is not parted at a line's end: a word, or one character of Chinese or Japanese."""

    start: int
    """First character in the text."""
    end: int
    """Character after the last."""
    text: str
    """As it is shown, punctuation included."""
    before: Break


Sentence = tuple[ShownWord, ...]


def read_sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of `text`; what has neither letter nor digit is none."""
    sentence: list[ShownWord] = []
    for word in read_words(text):
        if sentence and _ends_sentence(sentence[-1], word):
            if _has_sound(sentence):
                yield tuple(sentence)
            sentence = []
        sentence.append(word)
    if _has_sound(sentence):
        yield tuple(sentence)


def read_words(text: str) -> Iterator[ShownWord]:
    """Yield the words of `text` in order."""
    word: ShownWord | None = None
    before = Break.PARAGRAPH
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "silent":
            before = Break.PARAGRAPH
        elif match.lastgroup == "space":
            before = max(before, _find_break(text, match))
        else:
            shown = match["word"] or match.group()
            if word and _belong_together(word.text, shown, before):
                shown = word.text + " " * before + shown
                word = replace(word, end=match.end(), text=shown)
            else:
                if word:
                    yield word
                word = ShownWord(match.start(), match.end(), shown, before)
            before = Break.NONE
    if word:
        yield word


def ends_clause(word: ShownWord, following: ShownWord) -> bool:
    """Say whether a reader takes breath between two words of a sentence."""
    return following.before is Break.LINE or _CLAUSE.search(word.text) is not None


def join_words(words: Sentence) -> str:
    """Return `words` as one line."""
    return "".join(
        (" " if index and word.before else "") + word.text for index, word in enumerate(words)
    )


def _ends_sentence(word: ShownWord, following: ShownWord) -> bool:
    if following.before is Break.PARAGRAPH or _FINAL_STOP.search(word.text):
        return True
    stop = _STOP.search(word.text)
    if stop is None or following.before is Break.NONE or following.text[0].islower():
        return False
    if stop.group()[0] != ".":
        return True
    last = find_last_word(word.text[: stop.start()])
    is_list_number = word.before >= Break.LINE and _LIST_NUMBER.fullmatch(word.text)
    is_before_number = following.text[0].isdigit() and is_short_before_number(last)
    is_short = stop.group() == "." and is_short_form(last)
    return not (is_list_number or is_before_number or is_short)


def _find_break(text: str, space: re.Match[str]) -> Break:
    newlines = _NEWLINE.findall(space.group())
    if not newlines:
        return Break.SPACE
    first = space.start()
    line = _NEWLINE.split(text[max(0, first - _LONG_LINE_CHARACTERS) : first])[-1]
    if len(newlines) > 1 or newlines[0] in "\x0c\u2029" or len(line) == _LONG_LINE_CHARACTERS:
        return Break.PARAGRAPH
    return Break.LINE if len(line) < _SHORT_LINE_CHARACTERS else Break.SPACE


def _belong_together(text: str, shown: str, before: Break) -> bool:
    """Say whether no line may end between what there is of a word and what follows it."""
    if before is Break.SPACE:
        is_mark = _FRENCH_CLOSING.fullmatch(shown) or _FRENCH_OPENING.fullmatch(text)
        return bool(is_mark or (_DASH.fullmatch(shown) and not _STOP.search(text)))
    return before is Break.NONE and not _may_part(text[-1], shown[0])


def _may_part(last: str, first: str) -> bool:
    """Say whether a line may end between two characters that no space parts."""
    if first in _NEVER_FIRST or unicodedata.category(first) in _JOINS_PREVIOUS:
        return False
    if unicodedata.category(last) in _JOINS_NEXT:
        return False
    return last in "—―" or any(_CJK_CHARACTER.match(char) for char in (last, first))


def _has_sound(words: list[ShownWord]) -> bool:
    return any(char.isalnum() for word in words for char in word.text)
