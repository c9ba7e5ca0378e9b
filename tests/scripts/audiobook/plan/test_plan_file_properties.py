"""Laws of what a user writes for a book: selections of chapters, word lists, plans."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.plan.plan import apply_plan, parse_selection
from scripts.audiobook.plan.plan_file import read_plan, write_plan
from scripts.audiobook.plan.word_list import WordList, WordRule

LETTERS = "abAB"
WORDS = st.text(LETTERS, min_size=1, max_size=3)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.sets(st.integers(1, 30), min_size=1))
def test_a_selection_is_read_as_it_is_written(chosen: set[int]) -> None:
    """Writing chapters as ranges and reading them gives the same chapters, in order."""
    ordered = sorted(chosen)
    starts = [number for number in ordered if number - 1 not in chosen]
    ends = [number for number in ordered if number + 1 not in chosen]
    written = ",".join(
        str(start) if start == end else f"{start}-{end}"
        for start, end in zip(starts, ends, strict=True)
    )

    assert parse_selection(written, 30) == tuple(ordered)


@example(rules=[WordRule("A", "x", False, False), WordRule("bab", "x", True, False)], words=["BAB"])
@example(
    rules=[WordRule("a", "x", False, False), WordRule("ab", "y", True, False)], words=["BAB", "bab"]
)
@given(
    rules=st.lists(
        st.builds(WordRule, WORDS, st.just("x"), st.booleans(), st.booleans()),
        max_size=5,
        unique_by=lambda rule: rule.key,
    ),
    words=st.lists(WORDS, max_size=8),
)
def test_entries_are_exactly_what_occurs(rules: list[WordRule], words: list[str]) -> None:
    """A word gets an entry just if a rule is about it, and keeps its own case if it must."""
    entries = WordList({"a": tuple(rules)}).entries_for(", ".join(words), "a")

    said = {word for word in words if word in entries or word.lower() in entries}
    meant = {word for word in words if any(_means(rule, word) for rule in rules)}
    kept = {word for word in words if entries.get(word) == f"say:{word}"}
    assert list(entries) == sorted(entries)
    assert said - kept == meant
    assert {key.lower() for key in entries} <= {word.lower() for word in words}


def _means(rule: WordRule, word: str) -> bool:
    flags = 0 if rule.has_case else re.IGNORECASE
    find = re.fullmatch if rule.is_whole else re.search
    return find(re.escape(rule.word), word, flags) is not None


@settings(max_examples=50)
@given(
    title=TEXT,
    author=TEXT,
    chapters=st.lists(st.tuples(TEXT, TEXT.filter(str.strip), TEXT), min_size=1, max_size=4),
)
def test_a_plan_comes_back_as_it_was_written(
    title: str, author: str, chapters: list[tuple[str, str, str]]
) -> None:
    """Whatever titles and reasons hold, the file is TOML and plans all chapters."""
    book = Book(Path("x\n.txt"), title, author, "", tuple(Chapter(*row) for row in chapters))
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "book.toml"
        write_plan(path, book, include_all=True)
        plan = read_plan(path)

    assert plan.title == " ".join(title.split())
    assert [chapter for chapter, _ in apply_plan(book, plan)] == list(book.chapters)
