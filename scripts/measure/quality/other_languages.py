"""How well other languages than English are understood, against the same in fp32.

A few short sentences a language, read back by Whisper base. It errs more than Whisper does in
English, so only the difference to fp32 says something about this product.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scripts.measure.quality.quality_sentences import Reading
from scripts.measure.quality.recogniser import Listen
from scripts.measure.quality.recordings import record, write_scripts
from scripts.measure.quality.word_error_rate import WordErrors, add_errors
from worker.engine import Engine

_UNSPACED = frozenset("jz")
"""Languages without spaces: characters count instead of words."""


def count_foreign_errors(written: str, heard: str, language: str) -> WordErrors:
    """Compare two texts word by word, or character by character in Chinese and Japanese."""
    import jiwer

    found = jiwer.process_words(_put_plainly(written, language), _put_plainly(heard, language))
    return WordErrors(
        errors=found.substitutions + found.deletions + found.insertions,
        words=found.hits + found.substitutions + found.deletions,
    )


def hear_languages(
    readings: Iterable[Reading],
    engine: Engine,
    reference: Engine | None,
    ears: Mapping[str, Listen],
    report: Callable[[str], None],
) -> dict[str, dict[str, Any]]:
    """Return by language: sentences, error rate and that of fp32; None without `reference`."""
    ours: dict[str, list[WordErrors]] = {}
    fp32: dict[str, list[WordErrors]] = {}
    for script in write_scripts([one for one in readings if one.language in ears], engine):
        language, written = script.reading.language, script.request.text
        report(f"{script.reading.voice}: {written}")
        for some, speaker in ((ours, engine), (fp32, reference)):
            if speaker is not None:
                heard = ears[language](record(script, speaker).pcm)
                errors = count_foreign_errors(written, heard, language)
                some.setdefault(language, []).append(errors)
    return {
        language: {
            "sentences": len(found),
            "error_rate": add_errors(found).rate,
            "error_rate_fp32": add_errors(fp32[language]).rate if language in fp32 else None,
        }
        for language, found in ours.items()
    }


def find_loss(by_language: Mapping[str, Mapping[str, Any]]) -> float | None:
    """Return the mean over languages of what is heard worse than in fp32; None without fp32."""
    losses = [
        found["error_rate"] - found["error_rate_fp32"]
        for found in by_language.values()
        if found["error_rate_fp32"] is not None
    ]
    return round(sum(losses) / len(losses), 5) if losses else None


def _put_plainly(text: str, language: str) -> str:
    """Return letters and figures in lower case; each by itself in a language without spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(char if _is_said(char) else " " for char in folded)
    return " ".join("".join(words.split()) if language in _UNSPACED else words.split())


def _is_said(char: str) -> bool:
    return char.isalnum() or unicodedata.combining(char) > 0
