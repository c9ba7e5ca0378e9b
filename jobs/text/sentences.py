"""Sentences and words of a text as it was written, without what is not meant to be read.

For people's eyes, in all nine languages. A sentence ends where speech ends it. Nothing that can be
spoken is left out: each letter and digit of the text, markup aside, is in exactly one word of
exactly one sentence.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .boundaries import find_sentence_ends
from .line_breaks import find_break
from .markup import PAUSE, SOUND, SPEAKER, SPEED, VOICE, unnamed

_CJK = "\u2e80-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_TOKEN = re.compile(
    rf"(?P<space>{unnamed(PAUSE)}|\s*{VOICE.pattern}|{unnamed(SPEAKER)}|\s+)"
    rf"|(?P<speed>{unnamed(SPEED)})"
    rf"|(?P<sound>{SOUND.pattern})"
    rf"|(?P<run>[^\s\[{_CJK}—―]+)"
    r"|(?P<other>.)",
    re.IGNORECASE,
)
_FRENCH_CLOSING = re.compile(r"[!?;:.,»›…%]+")
_FRENCH_OPENING = re.compile(r"[«‹]")
_DASH = re.compile(r"[—–―-]+")
_NEVER_FIRST = frozenset("ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ")
_JOINS_PREVIOUS = frozenset({"Pe", "Pf", "Po", "Pd", "Mn", "Mc", "Me", "Cf"})
_JOINS_NEXT = frozenset({"Ps", "Pi"})


@dataclass(frozen=True, slots=True)
class ShownWord:
    """What is not parted at a line's end: a word, or one character of Chinese or Japanese."""

    start: int
    """First character in the text."""
    end: int
    """Character after the last."""
    text: str
    """As it is shown, punctuation included."""
    is_spaced: bool
    """A space parts it from the word before."""


Sentence = tuple[ShownWord, ...]


def read_sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of `text`; what has neither letter nor digit is none."""
    sentence: list[ShownWord] = []
    start = 0
    for end in find_sentence_ends(text):
        words = list(_read_words(text, start, end))
        start = end
        if sentence and words and _closes(text, sentence[-1], words[0]):
            # A quotation of French, « Oui ? », or a mark that stands alone: nothing to be heard.
            sentence[-1] = _join(sentence[-1], words.pop(0))
        if words:
            if _has_sound(sentence):
                yield tuple(sentence)
            sentence = words
    if _has_sound(sentence):
        yield tuple(sentence)


def join_words(words: Sentence) -> str:
    """Return `words` as one line."""
    return "".join(
        (" " if index and word.is_spaced else "") + word.text for index, word in enumerate(words)
    )


def _read_words(text: str, start: int, end: int) -> Iterator[ShownWord]:
    word: ShownWord | None = None
    is_spaced = True
    for match in _TOKEN.finditer(text, start, end):
        if match.lastgroup == "space":
            is_spaced = True
            continue
        if match.lastgroup == "speed":
            is_spaced = is_spaced or match.group()[-1].isspace()
            continue
        following = ShownWord(*match.span(), match["word"] or match.group(), is_spaced)
        is_spaced = False
        if word and _belong_together(word.text, following):
            word = _join(word, following)
            continue
        if word:
            yield word
        word = following
    if word:
        yield word


def _join(word: ShownWord, following: ShownWord) -> ShownWord:
    return replace(word, end=following.end, text=join_words((word, following)))


def _closes(text: str, word: ShownWord, following: ShownWord) -> bool:
    """Say whether `following`, though a new sentence for speech, is only what closes the last."""
    gap = text[word.end : following.start]
    is_mark = _FRENCH_CLOSING.fullmatch(following.text)
    return bool(is_mark and gap.isspace()) and not find_break(text, word.end, following.start)


def _belong_together(text: str, following: ShownWord) -> bool:
    """Say whether no line may end between what there is of a word and what follows it."""
    shown = following.text
    if following.is_spaced:
        marks = ((_FRENCH_CLOSING, shown), (_FRENCH_OPENING, text), (_DASH, shown))
        return any(pattern.fullmatch(written) for pattern, written in marks)
    return not _may_part(text[-1], shown[0])


def _may_part(last: str, first: str) -> bool:
    """Say whether a line may end between two characters that no space parts."""
    if first in _NEVER_FIRST or unicodedata.category(first) in _JOINS_PREVIOUS:
        return False
    if unicodedata.category(last) in _JOINS_NEXT:
        return False
    return last in "—―" or any(_CJK_CHARACTER.match(char) for char in (last, first))


def _has_sound(words: list[ShownWord]) -> bool:
    return any(char.isalnum() for word in words for char in word.text)
