"""Word error rate: what was heard against what was written, both in one plain form."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from jobs.errors import StartupError
from jobs.places import install_command

INSTALL = install_command("quality")


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


def count_errors(written: str, heard: str, *, said: str = "") -> WordErrors:
    """Compare two texts word by word; case, marks and the way of writing numbers do not count.

    `said` is `written` in the words that a person says, as the reading rules have it. A recogniser
    writes now one, now the other ("March 3", "March the third"): the nearer one counts.

    Raises:
        StartupError: the extra ``quality`` is not installed.
    """
    return min(
        (_compare(one, heard) for one in (written, said or written)), key=lambda one: one.errors
    )


def _compare(written: str, heard: str) -> WordErrors:
    reference = _put_plainly(written.translate(_SPOKEN_MARKS))
    hypothesis = _put_plainly(heard)
    if not reference:
        return WordErrors(errors=len(hypothesis.split()), words=0)
    import jiwer

    found = jiwer.process_words(reference, hypothesis)
    return WordErrors(
        errors=found.substitutions + found.deletions + found.insertions,
        words=found.hits + found.substitutions + found.deletions,
    )


def _put_plainly(text: str) -> str:
    # "six thirty" becomes 630 and "6:30" becomes 6 30: spaces between figures do not count.
    return _BETWEEN_FIGURES.sub("", _normalizer()(_CLOCK.sub(r"\1:", text))).strip()


_BETWEEN_FIGURES = re.compile(r"(?<=\d) (?=\d)")
# British recordings are written down as 6.30, American ones as 6:30.
_CLOCK = re.compile(r"(?<![\d.,:$£€])(\d|[12]\d)\.(?=[0-5]\d\b(?!\.\d|%))")

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
