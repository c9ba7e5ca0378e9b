"""What inline markup has said otherwise: in other words, or as what kind of thing it is."""

import re
from collections.abc import Callable, Iterator

from jobs.text.characters import has_meaning, has_sound
from jobs.text.markup import SOUND
from worker.pronunciation.reader import NO_PRONUNCIATION
from worker.pronunciation.reading.european.european_names import read_roman
from worker.pronunciation.reading.rules import Replacement, RuleTable
from worker.pronunciation.reading.spoken_text import SpokenText

_WHOLE_NUMBER = re.compile(r"\d[\d.,]*")
_ORDINALS = {
    **dict.fromkeys("ab", ("{}th", "{}st", "{}nd", "{}rd")),
    **dict.fromkeys("eip", ("{}º",)),
    "f": ("{}e",),
    "h": ("{}वाँ",),
}
"""How ordinals are written by language; the rules know which of the forms is right."""
_HINDI_ORDINALS = {"1": "1ला", "2": "2रा", "3": "3रा", "4": "4था", "6": "6ठा"}
_ORDINAL_MARK = "第"
"""Before a cardinal it makes the ordinal of Chinese and Japanese."""
_LETTER_A = "ˈA"
"""English has the article where the letter stands alone."""


def find_told(
    line: str, language: str, rules: RuleTable | None, spell: Callable[[str], str]
) -> Iterator[Replacement]:
    """Yield what markup says of stretches of `line`, the markup included, in order.

    Args:
        line: One line of normalised text.
        language: One of Kokoro's letters.
        rules: Its reading rules, which say what a date is, for example.
        spell: Pronounces a character that stands alone.
    """
    for match in SOUND.finditer(line):
        if match["phonemes"]:
            continue
        start, end = match.span()
        kind = match["kind"] and match["kind"].lower()
        if kind is None:
            yield Replacement(start, end, _read(match["alias"], rules), "alias")
            continue
        written = match["value"] or match["word"]
        words = (
            None if kind in {"characters", "digits"} else _say_as(kind, written, language, rules)
        )
        if words is None and kind in {"characters", "digits", "telephone"}:
            yield from _spell(match, kind, language, spell)
        else:
            yield Replacement(start, end, words or _read(match["word"], rules), kind)


def _say_as(kind: str, written: str, language: str, rules: RuleTable | None) -> str | None:
    """Return the words of the rules of one kind; None if they do not know all of it."""
    if rules is None:
        return None
    prefix = ""
    if kind == "ordinal" and (value := read_roman(written)):
        written = str(value)
    if kind == "ordinal" and language in "jz" and _WHOLE_NUMBER.fullmatch(written):
        kind, prefix = "cardinal", _ORDINAL_MARK
    forms = _ORDINALS.get(language, ()) if kind == "ordinal" else ()
    if language == "h":
        written = _HINDI_ORDINALS.get(written, written) if forms else written
    numbers = (form.format(written) for form in forms if _WHOLE_NUMBER.fullmatch(written))
    others = set(rules.kinds) - {kind}
    for form in (written, *numbers):
        words = _put_into_words(form, rules, others)
        if words != form and not any(map(str.isdigit, words)):
            return prefix + words
    return None


def _read(written: str, rules: RuleTable | None) -> str:
    return written if rules is None else _put_into_words(written, rules, ())


def _put_into_words(written: str, rules: RuleTable, off: set[str] | tuple[str, ...]) -> str:
    found = [one for one in rules.find(written, (), off) if not (one.unspoken or one.phonemes)]
    return SpokenText(written, found).text


def _spell(
    match: re.Match[str], kind: str, language: str, spell: Callable[[str], str]
) -> Iterator[Replacement]:
    """Yield a sound for each character; the markup around them goes with the first and last."""
    first, last = match.span("word")
    if first == last:
        yield Replacement(*match.span(), " ", kind)
    for at in range(first, last):
        char = match.string[at]
        start = match.start() if at == first else at
        end = match.end() if at == last - 1 else at + 1
        sound = spell(char.upper() if len(char.upper()) == 1 else char).strip()
        if language in "ab" and char in "aA":
            sound = _LETTER_A
        if has_sound(sound):
            yield Replacement(start, end, char, kind, sound)
        else:
            reason = NO_PRONUNCIATION if has_meaning(char) else ""
            yield Replacement(start, end, char if reason else " ", kind, unspoken=reason)
