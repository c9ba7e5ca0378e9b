"""Japanese: misaki's reader on the MeCab dictionary unidic-lite, which comes as a package."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

# misaki.ja would do, but imports pyopenjtalk, which downloads its dictionary.
from misaki.cutlet import Cutlet

from jobs.text.characters import find_script
from worker.pronunciation.espeak import PACKAGES
from worker.pronunciation.reader import package_versions
from worker.pronunciation.unspaced import UnspacedReader, place_words

_CURRENCY_FIRST = re.compile(r"([$€£])\s?(\d[\d.,]*)")
_WRITTEN_OUT = {
    "%": "パーセント",
    "℃": "度",
    "〇": "ゼロ",
    "&": "アンド",
    "+": "プラス",
    "=": "イコール",
    "$": "ドル",
    "€": "ユーロ",
    "£": "ポンド",
}
_HIRAGANA, _KATAKANA, _SYMBOL = 6, 7, 3
"""MeCab's character types that misaki reads even where the word is in no dictionary."""


class JapaneseReader(UnspacedReader):
    """Japanese, with English for words in Latin letters."""

    def __init__(self) -> None:
        """Load the dictionary.

        Raises:
            ImportError: a package is missing.
            RuntimeError: MeCab has no dictionary.
        """
        super().__init__()
        self.fingerprint = package_versions(
            *PACKAGES, "fugashi", "unidic-lite", "unidic", "jaconv", "mojimoji"
        )
        self._cutlet = _WordReader()

    def reads(self, letter: str) -> bool:
        """Say whether `letter` is kana, kanji or Latin."""
        return find_script(letter) in {"HIRAGANA", "KATAKANA", "CJK", "IDEOGRAPHIC", "LATIN"}

    def _read_own(self, part: str) -> Iterator[tuple[str, str]]:
        """Split `part` into words; one that has no reading is left without a sound."""
        for written, is_known in self._split_known(part):
            if is_known:
                yield from self._read_known(written)
            else:
                yield written, ""

    def _read_known(self, written: str) -> Iterator[tuple[str, str]]:
        text = _CURRENCY_FIRST.sub(r"\2\1", written)
        for symbol, word in _WRITTEN_OUT.items():
            text = text.replace(symbol, word)
        phonemes = f"{self._cutlet(text)[0]} "
        sounds = list(_share_out(phonemes, self._cutlet.words))
        return place_words(written, self._cutlet.line, sounds)

    def _split_known(self, text: str) -> Iterator[tuple[str, bool]]:
        """Part the words that misaki reads from those that it would drop unseen."""
        start = at = 0
        for word in self._cutlet.tagger(text):
            at = text.index(word.surface, at)
            is_written = any(char in word.surface for char in _WRITTEN_OUT)
            is_read = not word.is_unk or word.char_type in {_HIRAGANA, _KATAKANA, _SYMBOL}
            if not (is_read or is_written or word.surface.isascii()):
                if at > start:
                    yield text[start:at], True
                start = at + len(word.surface)
                yield word.surface, False
            at += len(word.surface)
        if start < len(text):
            yield text[start:], True


class _WordReader(Cutlet):  # type: ignore[misc]  # misaki carries no types
    """misaki's reader, which keeps how it reads each word of its last line."""

    def __init__(self) -> None:
        super().__init__()
        self.line = ""
        """As it was split into words: figures written out, letters in one width."""
        self.words: list[tuple[str, str]] = []
        """In order, each with its phonemes before spaces are set between them."""

    def _normalize_text(self, text: str) -> str:
        self.line, self.words = str(super()._normalize_text(text)), []
        return self.line

    def _romaji_word(self, word: Any) -> str:
        phonemes = str(super()._romaji_word(word))
        self.words.append((word.surface, phonemes.replace("っ", "")))
        return phonemes


def _share_out(phonemes: str, words: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Cut the `phonemes` of a line at its words, with the spaces after each."""
    at = 0
    for word, sound in words:
        end = at
        left = sum(not char.isspace() for char in sound)
        while end < len(phonemes) and (left or phonemes[end].isspace()):
            left -= not phonemes[end].isspace()
            end += 1
        yield word, phonemes[at:end]
        at = end
    if at < len(phonemes):
        yield "", phonemes[at:]
