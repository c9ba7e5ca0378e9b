"""Which languages have reading rules."""

from collections.abc import Callable

from worker.pronunciation.reading.rules import RuleTable


def load_rules(language: str, is_word: Callable[[str], bool]) -> RuleTable | None:
    """Return the rules of `language`, one of Kokoro's letters; None if it has none.

    `is_word` says whether the language's lexicon has a word in small letters.
    """
    if language in ("a", "b"):
        from worker.pronunciation.reading.english.english_rules import load_english_rules

        return load_english_rules(british=language == "b", is_word=is_word)
    if language in ("e", "f", "h", "i", "p"):
        from worker.pronunciation.reading.european.european_rules import load_european_rules

        return load_european_rules(language)
    if language == "j":
        from worker.pronunciation.reading.han.japanese_rules import load_japanese_rules

        return load_japanese_rules()
    if language == "z":
        from worker.pronunciation.reading.han.chinese_rules import load_chinese_rules

        return load_chinese_rules()
    return None
