"""Mandarin Chinese: misaki's pinyin reader, as Kokoro v1.0 was trained with."""

import logging
import re
from collections.abc import Iterator

from jobs.text.characters import find_script
from worker.pronunciation.espeak import PACKAGES
from worker.pronunciation.reader import package_versions
from worker.pronunciation.unspaced import UnspacedReader, place_words

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_SEGMENT = re.compile(rf"(?P<han>{_HAN.pattern})|[^\u4e00-\u9fff]+")
_CURRENCY = re.compile(r"([¥$€£])\s?(\d[\d.,]*)")
_CURRENCY_WORDS = {"¥": "元", "$": "美元", "€": "欧元", "£": "英镑"}
_WRITTEN_OUT = {"〇": "零", "℃": "摄氏度", "&": "和", "+": "加", "=": "等于"}


class ChineseReader(UnspacedReader):
    """Mandarin, with English for words in Latin letters."""

    def __init__(self) -> None:
        """Load the word list.

        Raises:
            ImportError: a package is missing.
        """
        super().__init__()
        import cn2an
        import jieba
        from misaki.zh import ZHG2P

        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
        self.fingerprint = package_versions(*PACKAGES, "jieba", "pypinyin", "cn2an")
        self._split_words = jieba.lcut
        self._write_figures = cn2an.transform
        self._map_punctuation, self._say_word = ZHG2P.map_punctuation, ZHG2P.word2ipa

    def reads(self, letter: str) -> bool:
        """Say whether `letter` is Latin, or a character that misaki has a reading for."""
        return find_script(letter) == "LATIN" or _HAN.match(letter) is not None

    def _read_own(self, part: str) -> Iterator[tuple[str, str]]:
        """Split `part` into words."""
        in_words = self._put_into_words(part)
        words: list[tuple[str, str]] = []
        for match in _SEGMENT.finditer(in_words):
            if not match["han"]:
                words.append((match.group(), match.group()))
                continue
            split = self._split_words(match.group())
            words.extend((word, f"{self._say_word(word)} ") for word in split)
            words[-1] = words[-1][0], words[-1][1][:-1]
        words[-1] = words[-1][0], f"{words[-1][1]} "
        return place_words(part, in_words, words)

    def _put_into_words(self, text: str) -> str:
        text = _CURRENCY.sub(lambda match: match[2] + _CURRENCY_WORDS[match[1]], text)
        for symbol, word in _WRITTEN_OUT.items():
            text = text.replace(symbol, word)
        return str(self._map_punctuation(self._write_figures(text, "an2cn")))
