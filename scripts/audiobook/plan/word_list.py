"""Reads the user's word list: a TOML file that says how words are pronounced, by language.

::

    [en]                                    # all English; [en-us] and [en-gb] win over it
    Ukridge = "ˈjukɹɪʤ"                     # IPA as Kokoro writes it
    Milly = {say = "Millie"}                # ordinary letters, read as the language reads them
    US = {ipa = "ˌjuˈɛs", case = true}      # only as it is written here
    hobbit = {say = "hobbit", whole = false}    # also as a piece of longer words: hobbitish

    [fr]                                    # a language by tag or by Kokoro's letter
    Holmes = {say = "Olmse"}

Without ``case = true`` a word matches in upper and lower case. Without ``whole = false`` it matches
only whole words, their possessive included. A piece of a longer word is said as given, the rest of
that word as the language says it alone (an English plural -s as a plural).

A request's lexicon knows only whole words. Therefore `WordList.entries_for` returns the forms that
occur in a text, and no others: after a change to one word only the parts with it are spoken again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.errors import InputError, InvalidRequest
from jobs.request import MAX_LEXICON_CHARACTERS, RESPELLED, SpeechRequest
from jobs.text.language_tags import ENGLISH
from jobs.text.normalize import normalize
from jobs.text.pronunciations import Lexicon, find_whole_word
from jobs.text.source_text import read_source
from jobs.voices import DEFAULT_VOICE, parse_language
from scripts.audiobook.plan.toml_file import read_toml

_KEYS = ("ipa", "say", "case", "whole")
_PIECE_CHARACTERS = MAX_LEXICON_CHARACTERS // 2
"""Longest word or sound: it must fit into a request together with the word around it."""


@dataclass(frozen=True, slots=True)
class WordRule:
    """The pronunciation of one word."""

    word: str
    """Its spelling in normalised text."""
    sound: str
    """Value of a `SpeechRequest.lexicon` entry: phonemes, or ``say:`` and a respelling."""
    has_case: bool = False
    """Upper and lower case must match."""
    is_whole: bool = True
    """Only whole words match."""

    @property
    def key(self) -> str:
        """Key of the lexicon entry; a key in lower case matches any case."""
        return self.word if self.has_case else self.word.lower()


@dataclass(frozen=True)
class WordList:
    """The rules of a word list."""

    rules: Mapping[str, tuple[WordRule, ...]]
    """By Kokoro's letter for the language."""
    _indexes: dict[str, Lexicon] = field(default_factory=dict, compare=False, repr=False)

    def entries_for(self, text: str, language: str) -> dict[str, str]:
        """Return the `SpeechRequest.lexicon` for `text`: sorted, only words that occur in it.

        Args:
            text: What the request speaks.
            language: One of Kokoro's nine, by letter or tag.
        """
        letter = parse_language(language, DEFAULT_VOICE)
        rules = self.rules.get(letter, ())
        if not rules:
            return {}
        written = normalize(read_source(text).text).text
        loose: dict[str, str] = {}
        strict: dict[str, str] = {}
        for rule in self._find_whole(written, letter):
            (strict if rule.has_case else loose)[rule.key] = rule.sound
        settled = loose.keys() | strict.keys()
        for rule in sorted(rules, key=lambda rule: -len(rule.word)):
            if rule.is_whole:
                continue
            for word, sound in _find_pieces(written, rule, is_english=letter in ENGLISH):
                if word in settled or (rule.has_case and word in loose):
                    continue
                (strict if rule.has_case else loose).setdefault(word, sound)
        # A key in lower case matches any case, so other spellings need entries of their own.
        others = {
            form: loose.get(form.lower(), RESPELLED + form)
            for form in _find_other_cases(written, strict)
        }
        return dict(sorted((loose | others | strict).items()))

    def _find_whole(self, written: str, letter: str) -> list[WordRule]:
        whole = {rule.key: rule for rule in self.rules[letter] if rule.is_whole}
        if letter not in self._indexes:
            self._indexes[letter] = Lexicon(dict.fromkeys(whole, ""), str)
        return [
            whole[key]
            for key, form in self._indexes[letter].find_entries(written)
            if form == key or not whole[key].has_case
        ]


def read_lexicon(path: Path) -> WordList:
    """Read a word list; the module's docstring describes the format.

    Raises:
        InputError: the file cannot be read, or an entry is wrong; the message names it.
    """
    general: dict[str, WordRule] = {}
    by_letter: dict[str, dict[str, WordRule]] = {}
    for table, words in read_toml(path).items():
        if not isinstance(words, dict):
            raise InputError(
                f"{str(path)!r}: {table!r} stands outside a language; put it below a line like [en]"
            )
        rules = _read_table(words, f"{str(path)!r}: [{table}]")
        if table.strip().lower() == "en":
            general = rules
            continue
        try:
            letter = parse_language(table, DEFAULT_VOICE)
        except InvalidRequest as exc:
            raise InputError(f"{str(path)!r}: [{table}]: {exc}") from exc
        if letter in by_letter or table.strip().lower() == "auto":
            raise InputError(f"{str(path)!r}: [{table}] is no language, or is there twice")
        by_letter[letter] = rules
    for letter in ENGLISH if general else ():
        by_letter[letter] = general | by_letter.get(letter, {})
    return WordList({letter: tuple(rules.values()) for letter, rules in by_letter.items()})


def apply_lexicon(request: SpeechRequest, path: Path | None) -> SpeechRequest:
    """Return the request with what the word list at `path` says of its words; errors as above."""
    if path is None:
        return request
    entries = read_lexicon(path).entries_for(request.text, request.language)
    return SpeechRequest(**request.model_dump() | {"lexicon": entries})


def _read_table(words: dict[str, Any], place: str) -> dict[str, WordRule]:
    """Return the rules of one language by their keys."""
    rules: dict[str, WordRule] = {}
    for word, entry in words.items():
        rule = _read_rule(word, entry, f"{place} {word}")
        if rule.key in rules:
            raise InputError(
                f"{place} {word}: it is there twice; give `case = true` or take one out"
            )
        rules[rule.key] = rule
    return rules


def _read_rule(word: str, entry: object, place: str) -> WordRule:
    fields = {"ipa": entry} if isinstance(entry, str) else entry
    if not isinstance(fields, dict):
        raise InputError(f'{place}: write it as {word} = "IPA" or {word} = {{say = "letters"}}')
    for name in fields:
        if name not in _KEYS:
            raise InputError(f"{place}: {name!r} is unknown; an entry has {', '.join(_KEYS)}")
    if ("ipa" in fields) == ("say" in fields):
        raise InputError(f"{place}: give either ipa or say")
    sound = fields.get("ipa", fields.get("say"))
    if not isinstance(sound, str) or not sound.strip():
        raise InputError(f"{place}: how it is said must be text, not {sound!r}")
    for name in ("case", "whole"):
        if not isinstance(fields.get(name, True), bool):
            raise InputError(f"{place}: {name} must be true or false, not {fields[name]!r}")
    written = normalize(word).text.strip()
    if not any(char.isalnum() for char in written):
        raise InputError(f"{place}: there is no word to look for")
    if max(len(written), len(sound)) > _PIECE_CHARACTERS:
        raise InputError(f"{place}: word and sound may have {_PIECE_CHARACTERS} characters each")
    return WordRule(
        written,
        RESPELLED + sound.strip() if "say" in fields else sound.strip(),
        has_case=fields.get("case", False),
        is_whole=fields.get("whole", True),
    )


def _find_pieces(written: str, rule: WordRule, *, is_english: bool) -> Iterator[tuple[str, str]]:
    """Yield an entry for each word of the text that matches `rule` or contains it."""
    piece = re.compile(re.escape(rule.word), 0 if rule.has_case else re.IGNORECASE)
    for match in piece.finditer(written):
        start, end = find_whole_word(written, *match.span())
        word = written[start:end] if rule.has_case else written[start:end].lower()
        if word == rule.key:
            yield word, rule.sound
        elif len(word) <= MAX_LEXICON_CHARACTERS - _PIECE_CHARACTERS:
            yield word, RESPELLED + _say_around(word, piece, rule, is_english=is_english)


def _say_around(word: str, piece: re.Pattern[str], rule: WordRule, *, is_english: bool) -> str:
    if rule.sound.startswith(RESPELLED):
        return piece.sub(lambda _: rule.sound.removeprefix(RESPELLED), word)
    said = piece.sub(lambda match: f"[{match.group()}](/{rule.sound}/)", word)
    # The worker adapts 's to the sound before it, which is right for a plural too.
    return said[:-1] + "'s" if is_english and said.endswith("/)s") else said


def _find_other_cases(written: str, words: Iterable[str]) -> Iterator[str]:
    """Yield the other spellings of `words` in the text, with capital letters."""
    found = Lexicon(dict.fromkeys(words, ""), str).find_entries(written)
    return (form for key, form in found if form != key)
