"""Finds the words of a book that the lexicon lacks: mostly names and invented words."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jobs.text.characters import find_script
from jobs.text.markup import PAUSE, SOUND, SPEED, unnamed

MIN_CHARACTERS = 2
MAX_EXAMPLE_CHARACTERS = 100

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MARKUP = re.compile("|".join(map(unnamed, (PAUSE, SPEED, SOUND))), re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]['\"”’»)]*\s|\n")


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word, how often it occurs, and the first sentence with it."""

    word: str
    """Its most frequent spelling."""
    count: int
    """Occurrences in upper and lower case, possessives included."""
    example: str
    """The first sentence with it, shortened if it is long."""


def find_unknown(texts: Iterable[str], knows: Callable[[str], bool]) -> list[UnknownWord]:
    """Return the unknown words in Latin letters, the most frequent first.

    Args:
        texts: For example the chapters.
        knows: Returns whether the lexicon has this spelling of a word.
    """
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    examples: dict[str, str] = {}
    for text in texts:
        words = _MARKUP.sub(lambda match: " " * len(match.group()), text)
        for match in _WORD.finditer(words):
            word = _bare(match.group().replace("’", "'"))
            key = word.lower()
            if len(word) < MIN_CHARACTERS or find_script(word[0]) != "LATIN":
                continue
            forms[key][word] += 1
            if key not in examples:
                examples[key] = _cut_sentence(text, match.start(), match.end())
    unknown = [
        UnknownWord(counts.most_common(1)[0][0], counts.total(), examples[key])
        for key, counts in forms.items()
        if not any(map(knows, (*counts, key)))
    ]
    return sorted(unknown, key=lambda found: (-found.count, found.word))


def _bare(word: str) -> str:
    """Return a word without its possessive or contracted verb."""
    stem = word.partition("'")[0]
    return stem if len(stem) >= MIN_CHARACTERS else word


def _cut_sentence(text: str, start: int, end: int) -> str:
    """Return the sentence around ``text[start:end]``, shortened at words if it is long."""
    first = max(0, start - MAX_EXAMPLE_CHARACTERS)
    before = text[first:start]
    for match in _SENTENCE_END.finditer(text, first, start):
        before = text[match.end() : start]
    ending = _SENTENCE_END.search(text, end)
    after = text[end : ending.end() if ending else len(text)]
    room = max(0, MAX_EXAMPLE_CHARACTERS - (end - start)) // 2
    if len(before) > room:
        before = f"… {before[-room:].partition(' ')[2]}"
    if len(after) > room:
        after = f"{after[:room].rpartition(' ')[0]} …"
    return " ".join((before + text[start:end] + after).split())
