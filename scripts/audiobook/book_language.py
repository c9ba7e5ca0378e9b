"""Finds the language of a book from its text, and says so where its metadata say another or none.

The script decides for Japanese, Chinese and Hindi, and for languages that Kokoro lacks; between
languages in Latin letters the share of their commonest words does.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from jobs.text.language_tags import find_language, is_stated
from jobs.voices import default_voice
from scripts.audiobook.book import Book, Chapter

SAMPLE_CHARACTERS = 50_000
"""Of a long book about this much is looked at, some of each chapter."""
MIN_PIECE_CHARACTERS = 200
MIN_LETTERS = 8
MIN_SHARE = 0.12
"""Least share of a language's commonest words among the words of a text in it."""
SURE_SHARE = 0.2
"""Share that overrules what the metadata state."""
MIN_SURE_WORDS = 150
LEAD = 1.35
"""How many times as many of them as of the next language there must be."""
MIN_WORDS = 6
MIN_KANA_SHARE = 0.08
"""Of the letters in Japanese; Chinese has none."""
MIN_SCRIPT_SHARE = 0.4
MAX_FOREIGN_SHARE = 0.5
"""If more of a book is marked as of another language, the marks are wrong."""

_SCRIPTS = {
    "kana": "\u3041-\u3096\u30a1-\u30fa",
    "han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "hi": "\u0900-\u097f",
    "Cyrl": "\u0400-\u052f",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Arab": "\u0600-\u06ff",
    "Hebr": "\u0590-\u05ff",
    "Hang": "\uac00-\ud7af",
    "Thai": "\u0e00-\u0e7f",
    "Latn": "A-Za-z\u00c0-\u024f",
}
_COUNTERS = {name: re.compile(f"[{inside}]") for name, inside in _SCRIPTS.items()}
_COMMON = {
    "en": "the and of to was that his with he had for her not which from is in it you on as they",
    "fr": "le les des est et une dans que pour qui il pas sur ce elle je la vous un du au ne se",
    "es": "el los las que y una del por con se para su como más pero no lo la un en al era le",
    "it": "il che di non una per gli del con della è più sono lo si la un era nel al mi ma come"
    " e le i in da dei dell all alla nella sulla",
    "pt": "o os as que não uma do da em com para se um ao mais e por na no era ele seu como"
    " a foi dos das à ela mas lhe",
    "de": "der die und das nicht ist ein zu den mit sich von er sie auf in war ich es dem eine als",
    "nl": "de het een en van niet dat zijn is op te met voor hij ik in zij was er maar aan",
    "sv": "och att det som en på är av för med den till inte han om var jag ett hon men de",
    "pl": "i w na nie się że z do jest to jak co po a tak jego ale o był za go",
    "fi": "ja on ei se oli että hän mutta niin kun ole kuin joka mitä minä ovat hänen",
    "la": "et in est non ad cum qui quod ut sed ab ex aut quae per si hoc esse atque",
}
_LANGUAGES = {tag: frozenset(words.split()) for tag, words in _COMMON.items()}
_WORD = re.compile(r"[^\W\d_]+")

FOREIGN = re.compile("\ue010(?P<tag>[\\w-]{2,35})\ue010")
"""Begins a paragraph that the book marks as of another language."""


def find_text_language(text: str) -> tuple[str, float]:
    """Return the tag of a text's language, and the share of words that say so, 1 for a script.

    The tag is empty if the text does not tell, and ``und-Cyrl`` or the like for another script.
    """
    counts = {name: len(pattern.findall(text)) for name, pattern in _COUNTERS.items()}
    letters = sum(counts.values())
    if letters < MIN_LETTERS:
        return "", 0.0
    if counts["kana"] + counts["han"] >= MIN_SCRIPT_SHARE * letters:
        is_japanese = counts["kana"] >= MIN_KANA_SHARE * (counts["kana"] + counts["han"])
        return ("ja" if is_japanese else "zh"), 1.0
    for name in ("hi", "Cyrl", "Grek", "Arab", "Hebr", "Hang", "Thai"):
        if counts[name] >= MIN_SCRIPT_SHARE * letters:
            return (name if name == "hi" else f"und-{name}"), 1.0
    return _find_by_words(Counter(map(str.lower, _WORD.findall(text))))


def settle_language(book: Book) -> Book:
    """Return the book with the language of its text, and what the user is told of it."""
    stated = book.language
    found, share = find_text_language("\n".join(_sample(book)))
    spoken = find_language(found) if found else None
    name = spoken.english_name if spoken else found
    if not is_stated(stated):
        if not found:
            note = "no language is stated; it is read as English, and --lang names another"
            return replace(book, language_note=note)
        note = f"no language is stated; its text is {name}, and --lang names another"
        return replace(book, language=found, language_note=note)
    if not found or _primary(stated) == _primary(found) or not _overrules(found, share, book):
        return book
    note = f"{stated!r} is stated, but its text is {name}; --lang names another"
    return replace(book, language=found, language_note=note)


def settle_paragraphs(book: Book) -> Book:
    """Return the book with the paragraphs of other languages in voices that speak these."""
    if not any(FOREIGN.search(chapter.text) for chapter in book.chapters):
        return book
    total = sum(len(chapter.text) for chapter in book.chapters)
    marked: Counter[str] = Counter()
    for chapter in book.chapters:
        for paragraph in chapter.text.split("\n\n"):
            if found := FOREIGN.match(paragraph):
                marked[_primary(found["tag"])] += len(paragraph)
    wrong = {tag for tag, length in marked.items() if length > MAX_FOREIGN_SHARE * total}
    spoken: Counter[str] = Counter()
    chapters = tuple(_say_paragraphs(each, book, wrong, spoken) for each in book.chapters)
    warnings = tuple(_describe(tag, times) for tag, times in sorted(spoken.items()))
    return replace(book, chapters=chapters, warnings=book.warnings + warnings)


def mark_foreign(text: str, tag: str) -> str:
    """Return a paragraph with the language that the book marks it with, for `settle_paragraphs`."""
    mark = f"\ue010{tag}\ue010"
    return mark + text if tag and FOREIGN.fullmatch(mark) else text


def _say_paragraphs(chapter: Chapter, book: Book, wrong: set[str], spoken: Counter[str]) -> Chapter:
    def say(paragraph: str) -> str:
        mark = FOREIGN.match(paragraph)
        text = FOREIGN.sub("", paragraph)
        if mark is None or not any(map(str.isalpha, text)):
            return text
        tag = _primary(mark["tag"])
        found, _ = find_text_language(text)
        if tag in wrong or tag == _primary(book.language) or (found and _primary(found) != tag):
            return text
        if not chapter.skip_reason:
            spoken[tag] += 1
        language = find_language(tag)
        if language is None:
            return text
        voice, name = default_voice(language.code), language.request_tags[0]
        return f"[voice:{voice}][lang:{name}]{text}[lang:default][voice:default]"

    text = "\n\n".join(map(say, chapter.text.split("\n\n")))
    return replace(chapter, text=text, title=FOREIGN.sub("", chapter.title))


def _describe(tag: str, times: int) -> str:
    paragraphs = "1 paragraph" if times == 1 else f"{times} paragraphs"
    language = find_language(tag)
    if language is None:
        return f"{paragraphs} in {tag!r}, which Kokoro does not speak, spoken by the narrator"
    return f"{paragraphs} in {language.english_name}, spoken by {default_voice(language.code)}"


def _overrules(found: str, share: float, book: Book) -> bool:
    """Return whether the text's language is sure enough to overrule the stated one."""
    stated = _primary(book.language)
    if share < 1:
        words = sum(chapter.text.count(" ") for chapter in book.chapters)
        own = _LANGUAGES.get(stated)
        # Words tell nothing of a language in Latin letters that has no list here.
        return share >= SURE_SHARE and words >= MIN_SURE_WORDS and own is not None
    if found.startswith("und-") or found == "hi":  # several languages share a script
        return stated in _LANGUAGES or stated in {"ja", "zh"}
    return not (found == "zh" and stated in {"yue", "wuu", "nan", "hak", "lzh", "cmn", "chi"})


def _find_by_words(words: Counter[str]) -> tuple[str, float]:
    total = words.total()
    if total < MIN_WORDS:
        return "", 0.0
    shares = sorted(
        (sum(words[word] for word in common) / total, tag) for tag, common in _LANGUAGES.items()
    )
    (second, _), (best, tag) = shares[-2:]
    return (tag, best) if best >= MIN_SHARE and best >= LEAD * second else ("", 0.0)


def _sample(book: Book) -> Iterator[str]:
    """Yield pieces from all over the work, of the same share of each chapter."""
    chapters = [each for each in book.chapters if not each.skip_reason] or list(book.chapters)
    total = sum(len(each.text) for each in chapters)
    share = min(1.0, SAMPLE_CHARACTERS / max(1, total))
    for chapter in chapters:
        yield chapter.text[: max(MIN_PIECE_CHARACTERS, int(share * len(chapter.text)))]


def _primary(tag: str) -> str:
    language = find_language(tag)
    name = language.tag if language else tag
    return name.lower().replace("_", "-").partition("-")[0]
