"""Which languages have reading rules."""

from __future__ import annotations

from worker.pronunciation.reading.rules import RuleTable


def load_rules(language: str) -> RuleTable | None:
    """Return the rules of `language`, one of Kokoro's letters; None if it has none yet."""
    if language in ("a", "b"):
        from worker.pronunciation.reading.english_rules import load_english_rules

        return load_english_rules(british=language == "b")
    return None
