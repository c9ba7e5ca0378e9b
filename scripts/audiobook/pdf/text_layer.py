"""Judges whether the text of a PDF is text: it may be missing, or stand for other letters."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

MIN_PAGE_CHARACTERS = 30
"""A page with fewer characters holds no text: a picture, or the number below it."""
FAULTY_SHARE = 0.5
"""A PDF is refused if a larger share of its pages, or of its text, is faulty."""
MIN_SAMPLE_CHARACTERS = 400
"""Shorter pieces do not show how often a language has each letter."""
MIN_LETTER_SHARE = 0.4
"""A text with a smaller share of letters among its marks is none; tables of figures have more."""
MIN_LIKENESS = 0.77
"""Samples in European languages have at least 0.8, and with a shifted alphabet at most 0.74."""
MIN_COMMON_SHARE = 0.03
"""Least share of the commonest Chinese characters; texts have more than a tenth."""

_SHARES = (
    "e13.5 a8.8 o8.0 i7.7 r7.0 n6.8 t6.5 s6.4 d5.0 l4.8 c3.4 u3.4 m2.9 p2.7 h2.0 g1.6 f1.5 b1.3"
    " v1.2 w0.7 z0.6 y0.5 q0.4 k0.4 x0.4 j0.2"
)
"""Letters of English, Spanish, French, Italian, Portuguese and German, with their mean shares."""
_USUAL = {item[0]: float(item[1:]) for item in _SHARES.split()}
_COMMON_HAN = frozenset(
    "的一是不了人我在有他這这中大來来上個个國国到說说們们為为子和你地出道也時时年得就那要下以生會会之而其者於于"
)
_HAN = re.compile("[\u4e00-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff]")


def find_fault(pages: Sequence[str]) -> str:
    """Return what is wrong with the text of the pages, as a predicate; empty if nothing is."""
    blank = sum(len(page) < MIN_PAGE_CHARACTERS for page in pages)
    if not pages or blank > FAULTY_SHARE * len(pages):
        return (
            f"has no text on {blank} of its {len(pages)} pages: it is scanned; "
            "give it a text layer by OCR first, for example with ocrmypdf"
        )
    samples = list(_gather(pages))
    faulty = sum(map(len, filter(_is_rubbish, samples)))
    if faulty > FAULTY_SHARE * sum(map(len, samples)):
        begin = " ".join(pages)[:30].strip()
        return (
            f"has letters in its text layer that are not those on its pages: it begins {begin!r}; "
            "make a new text layer by OCR, for example with ocrmypdf --force-ocr"
        )
    return ""


def _gather(pages: Iterable[str]) -> Iterable[str]:
    """Yield pages, short ones together."""
    sample = ""
    for page in pages:
        sample = f"{sample} {page}" if sample else page
        if len(sample) >= MIN_SAMPLE_CHARACTERS:
            yield sample
            sample = ""
    if sample:
        yield sample


def _is_rubbish(sample: str) -> bool:
    marks = Counter(sample.casefold())
    del marks[" "]
    letters = {
        mark: count for mark, count in marks.items() if unicodedata.category(mark)[0] in "LM"
    }
    count = sum(letters.values())
    if count < MIN_LETTER_SHARE * marks.total():
        return True
    if len(sample) < MIN_SAMPLE_CHARACTERS:
        return False
    han = sum(count for mark, count in letters.items() if _HAN.match(mark))
    if 2 * han > count and not _KANA.search(sample):
        return sum(letters.get(mark, 0) for mark in _COMMON_HAN) < MIN_COMMON_SHARE * han
    latin = {mark: count for mark, count in letters.items() if mark < "\u0250"}
    return 2 * sum(latin.values()) > count and _likeness(latin) < MIN_LIKENESS


def _likeness(letters: dict[str, int]) -> float:
    """Return how like the usual shares the counts of letters are: 1 is the same."""
    product = sum(share * letters.get(letter, 0) for letter, share in _USUAL.items())
    return product / (math.hypot(*letters.values()) * math.hypot(*_USUAL.values()))
