"""Mandarin Chinese: misaki's pinyin reader, as Kokoro v1.0 was trained with."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence

from jobs.text.characters import find_script, has_sound
from jobs.text.pronunciations import GivenSound
from worker.engine import PhonemeToken
from worker.pronunciation.espeak import PACKAGES, ForeignWords
from worker.pronunciation.reader import LATIN, package_versions, read_runs

_PART = re.compile(rf"(?P<latin>[{LATIN}][{LATIN}'-]*)|[^{LATIN}]+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_CURRENCY = re.compile(r"([¥$€£])\s?(\d[\d.,]*)")
_CURRENCY_WORDS = {"¥": "元", "$": "美元", "€": "欧元", "£": "英镑"}
_WRITTEN_OUT = {"〇": "零", "℃": "摄氏度", "&": "和", "+": "加", "=": "等于"}


class ChineseReader:
    """Mandarin, with English for words in Latin letters."""

    def __init__(self) -> None:
        """Load the word list.

        Raises:
            ImportError: a package is missing.
        """
        import jieba
        from misaki.zh import ZHG2P

        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
        self.fingerprint = package_versions(*PACKAGES, "jieba", "pypinyin", "cn2an")
        self._split_words = jieba.lcut
        self._g2p = ZHG2P()
        self._foreign = ForeignWords()

    def read(self, text: str, given: Sequence[GivenSound]) -> Iterator[PhonemeToken]:
        """Pronounce one line, word by word where it holds no numbers."""
        return read_runs(text, given, self._pronounce, is_spaced=False)

    def reads(self, letter: str) -> bool:
        """Say whether `letter` is Latin, or a character that misaki has a reading for."""
        return find_script(letter) == "LATIN" or _HAN.match(letter) is not None

    def spell(self, word: str) -> str:
        """Pronounce a word or symbol that stands alone."""
        phonemes = "".join(sound for _, sound in self._pronounce(word))
        return phonemes if has_sound(phonemes) else self._foreign.spell(word)

    def _pronounce(self, run: str) -> Iterator[tuple[str, str]]:
        for match in _PART.finditer(run):
            part = match.group()
            if match["latin"]:
                yield part, f"{self._foreign.spell(part)} "
                continue
            phonemes = self._say(part)
            words = self._split_words(part) if _HAN.fullmatch(part) else []
            sounds = phonemes.split()
            if words and len(words) == len(sounds):
                yield from ((w, f"{s} ") for w, s in zip(words, sounds, strict=True))
            else:
                yield part, f"{phonemes} "

    def _say(self, text: str) -> str:
        text = _CURRENCY.sub(lambda match: match[2] + _CURRENCY_WORDS[match[1]], text)
        for symbol, word in _WRITTEN_OUT.items():
            text = text.replace(symbol, word)
        return str(self._g2p(text)[0])
