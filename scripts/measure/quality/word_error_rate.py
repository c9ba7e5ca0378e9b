"""Word error rate: what was heard against what was written, both in one plain form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from jobs.errors import StartupError

INSTALL = "pip install 'kokoro-tts-processor[quality]'"


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Errors and words, to be added up over texts."""

    errors: int = 0
    """Words that were replaced, left out or put in."""
    words: int = 0
    """Words that were written."""

    @property
    def rate(self) -> float | None:
        """Errors per word written; None where there is nothing to hear."""
        return self.errors / self.words if self.words else None


def add_errors(found: Iterable[WordErrors]) -> WordErrors:
    """Return the sum."""
    every = list(found)
    return WordErrors(sum(one.errors for one in every), sum(one.words for one in every))


def count_errors(written: str, heard: str) -> WordErrors:
    """Compare two texts word by word; case, marks and the way of writing numbers do not count.

    Raises:
        StartupError: the extra ``quality`` is not installed.
    """
    normalize = _normalizer()
    reference = normalize(written.translate(_SPOKEN_MARKS)).strip()
    hypothesis = normalize(heard).strip()
    if not reference:
        return WordErrors(errors=len(hypothesis.split()), words=0)
    import jiwer

    found = jiwer.process_words(reference, hypothesis)
    return WordErrors(
        errors=found.substitutions + found.deletions + found.insertions,
        words=found.hits + found.substitutions + found.deletions,
    )


# The normalizer takes what stands in brackets for a remark that nobody speaks; a text's are spoken.
_SPOKEN_MARKS = str.maketrans(dict.fromkeys("()[]<>", " , ") | {"\u2060": None})


@cache
def _normalizer() -> Any:
    try:
        import jiwer  # noqa: F401  # asked for here, so that what is missing is said at once
        from whisper_normalizer.english import EnglishTextNormalizer
    except ImportError as exc:
        raise StartupError(f"{exc.name} is not installed; {INSTALL}") from exc
    return EnglishTextNormalizer()
