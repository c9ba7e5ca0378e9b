"""Sentences with figures: each must have the phonemes of the same sentence written in words.

No recogniser is needed, and no weights: the words are those that a person says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from worker.engine import Phonemizer
from worker.pronunciation.chunking import split_text


@dataclass(frozen=True, slots=True)
class FigureSentence:
    """A sentence as it is written, and as it is said."""

    language: str
    """One of Kokoro's letters."""
    written: str
    said: str


@dataclass(frozen=True, slots=True)
class Misread:
    """A sentence whose phonemes are not those of its words."""

    sentence: FigureSentence
    phonemes: str
    wanted: str


def load_figure_sentences() -> list[FigureSentence]:
    """Return the set, which is sorted by language."""
    path = Path(__file__).parent / "figure_sentences.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [FigureSentence(*line.split("\t")) for line in lines]


def find_misread(
    sentences: list[FigureSentence], phonemizer_of: Callable[[str], Phonemizer]
) -> Iterator[Misread]:
    """Yield the sentences that are not read as their words are; `phonemizer_of` takes a language.

    The words are read without the reading rules, so that a rule cannot agree with itself.
    """
    for language, group in groupby(sentences, key=lambda sentence: sentence.language):
        phonemizer = phonemizer_of(language)
        for sentence in group:
            phonemes = _phonemize(sentence.written, phonemizer, "full")
            wanted = _phonemize(sentence.said, phonemizer, "plain")
            if _sounds(phonemes) != _sounds(wanted):
                yield Misread(sentence, phonemes, wanted)


def _phonemize(text: str, phonemizer: Phonemizer, reading: str) -> str:
    return " ".join(chunk.phonemes for chunk in split_text(text, phonemizer, reading=reading))


def _sounds(phonemes: str) -> str:
    """Leave out stress and spaces, which hang on a hyphen ("twenty-one") or on where words part."""
    return phonemes.translate(_NO_SOUND)


_NO_SOUND = str.maketrans("", "", "ˈˌ ")
