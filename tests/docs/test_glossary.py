"""The glossary has the words of the field that name folders, modules and classes of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.conftest import ROOT

PACKAGES = ("jobs", "worker", "scripts")
PLAIN_WORDS = ROOT / "tests" / "docs" / "plain_words.txt"
CLASS = re.compile(r"^ *class (\w+)", re.MULTILINE)
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def test_every_word_of_a_name_is_plain_or_in_the_glossary() -> None:
    """A word that neither a programmer nor a dictionary explains needs a line of its own."""
    plain = set(PLAIN_WORDS.read_text(encoding="utf-8").split())

    unknown = {word for word in _words_of_names() if not _known(word, plain | _glossary())}

    assert unknown == set(), "put them into docs/glossary.md, or plain ones into plain_words.txt"


def test_each_word_is_explained_once() -> None:
    """One word, one meaning."""
    terms = _terms()

    assert len(terms) > 50
    assert len(set(terms)) == len(terms)


def _terms() -> list[str]:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    return [term.lower() for term in re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE)][1:]


def _glossary() -> set[str]:
    return {part for term in _terms() for part in term.split()}


def _words_of_names() -> set[str]:
    return {part.lower() for name in _names() for part in PART.findall(name)}


def _names() -> Iterator[str]:
    for path in (file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        yield from path.relative_to(ROOT).with_suffix("").parts
        yield from CLASS.findall(path.read_text(encoding="utf-8"))


def _stems(word: str) -> tuple[str, ...]:
    """Return a word and what it may be the plural of."""
    return (word, word.removesuffix("s"), word.removesuffix("es"))


def _known(word: str, words: set[str]) -> bool:
    return any(stem in words or f"{stem}s" in words for stem in _stems(word))
