"""Spanish, French, Hindi, Italian, Portuguese: pronounced by espeak-ng, through misaki.

espeak-ng comes as a wheel with its data, so nothing is looked up on the system.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from jobs.text.characters import find_script
from jobs.text.language_tags import BY_CODE
from jobs.text.pronunciations import GivenSound
from worker.engine import PhonemeToken
from worker.pronunciation.alignment import join_silent, share_sounds
from worker.pronunciation.espeak_library import EspeakG2P
from worker.pronunciation.reader import package_versions, read_runs

PACKAGES = ("misaki", "phonemizer-fork", "espeakng-loader")

# How each language says the point and the comma inside a number, and the dot of an address.
_POINT_WORDS = {
    "e": ("punto", "coma", "punto"),
    "f": ("point", "virgule", "point"),
    "h": ("दशमलव", "", "डॉट"),
    "i": ("punto", "virgola", "punto"),
    "p": ("ponto", "vírgula", "ponto"),
}
_WORD = re.compile(r"(?:R\$|[$€£¥₹])\s?\d\S*\s*|\S+\s*")
_CURRENCY_FIRST = re.compile(r"(R\$|[$€£¥₹])\s?(\d[\d.,]*)")
_THOUSANDS = {"h": re.compile(r"(?<=\d),(?=\d{2,3}\b)")}
_THOUSANDS_POINT = re.compile(r"(?<=\d)\.(?=\d{3}\b)")
_ADDRESS_DOT = re.compile(r"(?<=\w\w)\.(?=\w\w)")


class EspeakReader:
    """One of espeak-ng's languages, read a run at a time: in speech, words join."""

    def __init__(self, language: str) -> None:
        """Load the voice of `language`: Kokoro's e, f, h, i or p."""
        self.fingerprint = package_versions(*PACKAGES)
        self._language = language
        self._g2p = EspeakG2P(language=BY_CODE[language].request_tags[-1])
        self._spell_alone = lru_cache(1 << 14)(lambda word: self.spell(word).split())
        quiet_phonemizer()

    def read(self, text: str, given: Sequence[GivenSound]) -> Iterator[PhonemeToken]:
        """Pronounce one line; words that espeak-ng runs together are one token."""
        return read_runs(text, given, self._pronounce)

    def reads(self, letter: str) -> bool:
        """Say whether `letter` is Latin or Greek, or Devanagari for Hindi."""
        return reads_latin(letter) or (self._language, find_script(letter)) == ("h", "DEVANAGARI")

    def spell(self, word: str) -> str:
        """Pronounce a word or symbol that stands alone."""
        return str(self._g2p(word)[0])

    def _pronounce(self, run: str) -> Iterator[tuple[str, str]]:
        written = _WORD.findall(run)
        said = [self._write_out(word) for word in written]
        in_words = self._write_out(run)
        if " ".join(said).split() != in_words.split():
            written, said = [run], [in_words]
        alone = [self._spell_alone(word.strip()) for word in said]
        return join_silent(share_sounds(written, alone, self.spell(in_words)))

    def _write_out(self, run: str) -> str:
        """Put into words what espeak-ng would take for the end of a sentence."""
        if not re.search(r"[\d.$€£¥₹]", run):
            return run
        point, comma, dot = _POINT_WORDS[self._language]
        run = _CURRENCY_FIRST.sub(r"\2 \1", run).replace("R$", "reais")
        run = _THOUSANDS.get(self._language, _THOUSANDS_POINT).sub("", run)
        run = re.sub(r"(?<=\d)\.(?=\d)", f" {point} ", run)
        run = re.sub(r"(?<=\d),(?=\d)", f" {comma} ", run)
        run = re.sub(r"(?<=\d):(?=\d)", " ", run)
        return _ADDRESS_DOT.sub(f" {dot} ", run).replace(".", " ")


def reads_latin(letter: str) -> bool:
    """Say whether espeak-ng's European voices read `letter`; they spell out other scripts."""
    return find_script(letter) in {"LATIN", "GREEK", "MICRO", "MASCULINE", "FEMININE"}


def quiet_phonemizer() -> None:
    """Undo what phonemizer does to logging whenever a voice is loaded.

    It hangs a handler of its own on its logger and then warns of every line whose words it
    cannot match, which says nothing about the audio.
    """
    logger = logging.getLogger("phonemizer")
    logger.handlers.clear()
    logger.setLevel(logging.ERROR)
