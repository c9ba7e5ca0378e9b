"""Japanese: misaki's reader on the MeCab dictionary unidic-lite, which comes as a package."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jobs.text.characters import find_script
from worker.pronunciation.espeak import PACKAGES
from worker.pronunciation.reader import package_versions
from worker.pronunciation.unspaced import UnspacedReader

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
        # misaki.ja would do, but imports pyopenjtalk, which downloads its dictionary.
        from misaki.cutlet import Cutlet

        self.fingerprint = package_versions(
            *PACKAGES, "fugashi", "unidic-lite", "unidic", "jaconv", "mojimoji"
        )
        self._cutlet = Cutlet()

    def reads(self, letter: str) -> bool:
        """Say whether `letter` is kana, kanji or Latin."""
        return find_script(letter) in {"HIRAGANA", "KATAKANA", "CJK", "IDEOGRAPHIC", "LATIN"}

    def _read_own(self, part: str) -> Iterator[tuple[str, str]]:
        """Split `part` at the words that have no reading."""
        for written, is_known in self._split_known(part):
            yield written, f"{self._say(written)} " if is_known else ""

    def _say(self, text: str) -> str:
        text = _CURRENCY_FIRST.sub(r"\2\1", text)
        for symbol, word in _WRITTEN_OUT.items():
            text = text.replace(symbol, word)
        return str(self._cutlet(text)[0])

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
