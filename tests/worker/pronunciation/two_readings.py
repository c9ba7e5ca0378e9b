"""Scores words that are written alike and said in two ways, in American English.

Each line of ``two_readings.tsv`` has such a word, its right reading in Kokoro's phonemes, and a
sentence in which it stands once; the sentences of ``two_readings_unseen.tsv`` were written after
the rules and before they were tried on them. ``python -m tests.worker.pronunciation.two_readings``
lists the words that are read wrongly, and counts.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from worker.engine import Phonemizer

SENTENCES = Path(__file__).with_suffix(".tsv")
UNSEEN = SENTENCES.with_stem("two_readings_unseen")
_SAME = str.maketrans({"ˌ": None, "ᵻ": "ə", "ᵊ": "ə", "ɪ": "ə", "ɾ": "t", "T": "t"})
"""What accents and dictionaries differ in; no two readings of a word do."""


class Case(NamedTuple):
    """A word in its sentence."""

    word: str
    reading: str
    """The right phonemes."""
    sentence: str


class Miss(NamedTuple):
    """A word that is read wrongly."""

    case: Case
    said: str


def load_cases(path: Path = SENTENCES) -> list[Case]:
    """Return the words of a file, each in its sentence."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Case(*row) for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]


def find_misses(cases: Iterable[Case], phonemizer: Phonemizer) -> Iterator[Miss]:
    """Yield what `phonemizer` reads otherwise than a person does."""
    for case in cases:
        said = say_word(case, phonemizer)
        if _fold(said) != _fold(case.reading):
            yield Miss(case, said)


def say_word(case: Case, phonemizer: Phonemizer) -> str:
    """Return the phonemes of the word alone."""
    match = re.search(rf"(?<!\w){case.word}(?!\w)", case.sentence, re.IGNORECASE)
    assert match, case
    tokens = phonemizer.phonemize(case.sentence, {})
    inside = [t.phonemes for t in tokens if match.start() <= t.start < match.end()]
    return "".join(inside).strip()


def _fold(phonemes: str) -> str:
    return phonemes.translate(_SAME)


if __name__ == "__main__":
    from tests.builders.vocabulary import VOCABULARY
    from worker.pronunciation.phonemize import load_phonemizer

    chosen = load_cases(*map(Path, sys.argv[1:2]))
    misses = list(find_misses(chosen, load_phonemizer("a", VOCABULARY)))
    for (word, reading, sentence), said in misses:
        print(word, reading, said, sentence, sep="\t")
    right = len(chosen) - len(misses)
    print(f"{right} of {len(chosen)} right: {100 * right / len(chosen):.1f} %")
