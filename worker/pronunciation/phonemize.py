"""Pronunciation of all nine languages behind one door: text in, Kokoro phonemes out.

What the model cannot say is reported, never dropped: Kokoro itself skips a phoneme outside its
vocabulary without a word.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from jobs.errors import InvalidRequest, MissingLanguage
from jobs.places import install_command
from jobs.text.characters import find_script, has_meaning, has_sound, is_picture
from jobs.text.pronunciations import GivenSound, Lexicon, find_inline
from jobs.voices import LANGUAGES
from worker.engine import PhonemeToken
from worker.pronunciation.reader import NO_PRONUNCIATION, PRONUNCIATION_ERRORS, Reader
from worker.pronunciation.reading.languages import load_rules
from worker.pronunciation.reading.rules import Replacement, RuleTable
from worker.pronunciation.reading.say_as import find_told
from worker.pronunciation.reading.spoken_text import SpokenText

LONGEST_NUMBER = 15
"""Digits; a longer number is read digit by digit, as people do; the packages fail on it."""

_EXTRAS = {"j": "ja", "z": "zh"}
_LINE = re.compile(r"[^\n]+|\n+")
_UNUSUAL = re.compile(r"[^A-Za-z0-9\s.,;:!?'\"()\[\]/“”—…-]|\d{" + str(LONGEST_NUMBER + 1) + r",}")
_CLOSING_MARKS = frozenset(";:,.!?…”)")
_SAME_SOUND = {"g": "ɡ", "ʱ": "ʰ", "ɫ": "l", "'": "ˈ"}
"""Other ways to write what the vocabulary has."""


def load_phonemizer(
    language: str, vocabulary: frozenset[str], kinds_off: Collection[str] = ()
) -> LanguagePhonemizer:
    """Load the pronunciation of `language`, one of Kokoro's letters.

    Nothing is downloaded. `vocabulary` is every character that the model reads: the keys of
    ``vocab`` in its config.json. Reading rules of `kinds_off` do not act.

    Raises:
        InvalidRequest: there is no such language.
        MissingLanguage: its packages are not installed; the message has the pip line.
    """
    reader = load_reader(language)
    rules = load_rules(language, getattr(reader, "has_entry", lambda _: False))
    return LanguagePhonemizer(language, reader, vocabulary, rules, kinds_off)


def load_reader(language: str) -> Reader:
    """Load the package that pronounces `language`; raises as `load_phonemizer`."""
    if language not in LANGUAGES:
        raise InvalidRequest(f"language {language!r} is unknown; use one of {', '.join(LANGUAGES)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the packages' own, about their own dependencies
            return _import_reader(language)
    except (ImportError, RuntimeError) as exc:
        extra = _EXTRAS.get(language, "worker")
        raise MissingLanguage(
            f"{LANGUAGES[language]} cannot be pronounced here ({exc}); "
            f"install its packages: {install_command(extra)}"
        ) from exc


def _import_reader(language: str) -> Reader:
    if language in "ab":
        from worker.pronunciation.english import EnglishReader

        return EnglishReader(british=language == "b")
    if language == "j":
        from worker.pronunciation.japanese import JapaneseReader

        return JapaneseReader()
    if language == "z":
        from worker.pronunciation.chinese import ChineseReader

        return ChineseReader()
    from worker.pronunciation.espeak import EspeakReader

    return EspeakReader(language)


class LanguagePhonemizer:
    """The `Phonemizer` of one language: its reader, and the rules that hold for all of them."""

    def __init__(
        self,
        language: str,
        reader: Reader,
        vocabulary: frozenset[str],
        rules: RuleTable | None = None,
        kinds_off: Collection[str] = (),
    ) -> None:
        """Pronounce with `reader` what `rules` put into words; let only `vocabulary` through."""
        self.language = language
        self.fingerprint = dict(reader.fingerprint)
        if kinds_off:
            self.fingerprint["reading_off"] = ",".join(sorted(kinds_off))
        self._kinds_off = frozenset(kinds_off)
        self._reader = reader
        self._rules = rules
        self._vocabulary = vocabulary
        self._reasons: dict[str, str] = {}
        self._entries: Mapping[str, str] = {}
        self._lexicon = Lexicon({}, self._respell)

    def phonemize(
        self, text: str, lexicon: Mapping[str, str], reading: str = "full"
    ) -> tuple[PhonemeToken, ...]:
        """Pronounce normalised `text`; the tokens tile it in order.

        Entries of `lexicon` and inline ``[word](/ipa/)`` win over the language's own reading.
        With `reading` ``"plain"`` the reading rules do nothing.
        """
        if lexicon is not self._entries:
            self._entries, self._lexicon = lexicon, Lexicon(lexicon, self._respell)
        tokens: list[PhonemeToken] = []
        after_space = True
        for token in self._read_lines(text, reading):
            phonemes, unknown = self._keep_known(token.phonemes)
            if after_space:
                phonemes = phonemes.lstrip(" ")
            if phonemes and phonemes[0] in _CLOSING_MARKS:
                _drop_added_space(tokens, text)
            after_space = phonemes.endswith(" ") if phonemes else after_space
            reason = token.unspoken
            if unknown and not reason:
                reason = f"the model has no sound for {' '.join(unknown)}"
            elif not reason and not has_sound(phonemes):
                is_lost = any(map(has_meaning, text[token.start : token.end]))
                reason = NO_PRONUNCIATION if is_lost else ""
            tokens.append(PhonemeToken(token.start, token.end, phonemes, reason))
        return tuple(tokens)

    def find_replacements(self, text: str, reading: str = "full") -> Iterator[Replacement]:
        """Yield what the rules read otherwise than it is written in normalised `text`."""
        for match in _LINE.finditer(text):
            line = match.group().strip()
            first = match.start() + match.group().index(line)
            for found in self._apply_rules(line, self._lexicon.find(line), reading):
                yield replace(found, start=first + found.start, end=first + found.end)

    def _read_lines(self, text: str, reading: str) -> Iterator[PhonemeToken]:
        end_mark = ""
        for match in _LINE.finditer(text):
            line, start = match.group(), match.start()
            written = line.strip()
            if not written:
                # A heading or a list item ends here; without a mark it would run into the next.
                mark = end_mark and ("." if len(line) > 1 else ",")
                known = mark if mark in self._vocabulary else ""
                yield PhonemeToken(start, match.end(), f"{known} ")
                end_mark = ""
                continue
            end_mark = "." if written[-1].isalnum() else ""
            first = start + line.index(written[0])
            if first > start:
                yield PhonemeToken(start, first, "")
            yield from _shift(self._read_line(written, reading), first)
            if first + len(written) < match.end():
                yield PhonemeToken(first + len(written), match.end(), " ")

    def _read_line(self, line: str, reading: str) -> tuple[PhonemeToken, ...]:
        given = self._lexicon.find(line)
        replacements = self._apply_rules(line, given, reading)
        if not replacements:
            return self._read(line, self._settle(line, given))
        spoken = SpokenText(line, replacements)
        settled = {at for sound in spoken.given for at in range(sound.start, sound.end)}
        given = [
            sound
            for sound in self._lexicon.find(spoken.text)
            if settled.isdisjoint(range(sound.start, sound.end))
        ]
        given = sorted([*given, *spoken.given], key=lambda sound: sound.start)
        tokens = self._read(spoken.text, self._settle(spoken.text, given))
        return tuple(spoken.place(tokens))

    def _apply_rules(self, line: str, given: list[GivenSound], reading: str) -> list[Replacement]:
        told = list(find_told(line, self.language, self._rules, self._reader.spell))
        if self._rules is None or reading == "plain":
            return told
        taken = [(sound.start, sound.end) for sound in given]
        taken += [(one.start, one.end) for one in told]
        found = self._rules.find(line, taken, self._kinds_off)
        return sorted([*told, *found], key=lambda one: one.start) if told else found

    def _respell(self, letters: str) -> str:
        """Pronounce what a lexicon gives as ordinary letters, by the rules for any text."""
        tokens = self._read(letters, self._settle(letters, find_inline(letters)))
        return "".join(token.phonemes for token in tokens)

    def _settle(self, text: str, given: list[GivenSound]) -> list[GivenSound]:
        """Add to the given sounds what no reader can be left alone with."""
        settled = list(given)
        following = 0
        for match in _UNUSUAL.finditer(text):
            start, end = match.span()
            while following < len(given) and given[following].end <= start:
                following += 1
            if following < len(given) and given[following].start < end:
                continue
            if end - start > 1:
                digits = self._reader.spell(" ".join(match.group()))
                settled.append(GivenSound(start, end, f" {digits} "))
                continue
            reason = self._explain(match.group())
            if reason and settled and (settled[-1].end, settled[-1].unspoken) == (start, reason):
                start = settled.pop().start
            if reason:
                settled.append(GivenSound(start, end, "", reason))
        return sorted(settled, key=lambda sound: sound.start)

    def _explain(self, char: str) -> str:
        """Say why `char` has no sound in this language; empty if it may have one."""
        if char not in self._reasons:
            self._reasons[char] = self._find_reason(char)
        return self._reasons[char]

    def _find_reason(self, char: str) -> str:
        if not has_meaning(char):
            return ""
        if is_picture(char):
            return "emoji and pictures are not read out"
        if char.isalpha():
            script = find_script(char).title()
            return (
                "" if self._reader.reads(char) else f"this language does not read {script} letters"
            )
        try:
            phonemes = self._reader.spell(char)
        except PRONUNCIATION_ERRORS:
            return NO_PRONUNCIATION
        return "" if has_sound(phonemes) else NO_PRONUNCIATION

    def _read(self, text: str, given: list[GivenSound]) -> tuple[PhonemeToken, ...]:
        """Read one line; where a package fails on it, as much of it as can be read."""
        try:
            return tuple(self._reader.read(text, given))
        except PRONUNCIATION_ERRORS:
            cut = _find_middle(text, given)
            if not 0 < cut < len(text):
                return (PhonemeToken(0, len(text), "", NO_PRONUNCIATION),)
            left = [sound for sound in given if sound.end <= cut]
            right = [
                GivenSound(sound.start - cut, sound.end - cut, sound.phonemes, sound.unspoken)
                for sound in given
                if sound.start >= cut
            ]
            return (*self._read(text[:cut], left), *_shift(self._read(text[cut:], right), cut))

    def _keep_known(self, phonemes: str) -> tuple[str, list[str]]:
        """Return what the model can say of `phonemes`, and the sounds that it cannot."""
        if self._vocabulary.issuperset(phonemes):
            return phonemes, []
        known: list[str] = []
        unknown: list[str] = []
        for char in phonemes:
            same = char if char in self._vocabulary else _SAME_SOUND.get(char, char)
            parts = [same] if same in self._vocabulary else unicodedata.normalize("NFD", same)
            kept = [part for part in parts if part in self._vocabulary]
            known.extend(kept)
            # Marks that only colour a sound, and punctuation, go without a report.
            if not kept and has_meaning(char):
                unknown.append(char)
        return "".join(known), unknown


def _find_middle(text: str, given: list[GivenSound]) -> int:
    """Find the space nearest to the middle, or the middle, outside given sounds."""
    middle = (len(text) + 1) // 2
    spaces = [at for at, char in enumerate(text) if char == " " and at > 0]
    cut = min(spaces, key=lambda at: abs(at - middle), default=middle)
    for sound in given:
        if sound.start < cut < sound.end:
            return sound.end if sound.start == 0 else sound.start
    return cut


def _drop_added_space(tokens: list[PhonemeToken], text: str) -> None:
    """Take back a space before a mark where the text has none, as in languages without spaces."""
    if tokens and tokens[-1].phonemes.endswith(" ") and not text[tokens[-1].end - 1].isspace():
        tokens[-1] = replace(tokens[-1], phonemes=tokens[-1].phonemes.rstrip(" "))


def _shift(tokens: Iterable[PhonemeToken], offset: int) -> Iterator[PhonemeToken]:
    for token in tokens:
        yield PhonemeToken(token.start + offset, token.end + offset, token.phonemes, token.unspoken)
