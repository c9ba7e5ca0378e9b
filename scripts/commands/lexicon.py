"""``ktts lexicon suggest BOOK...``: the words that the English lexicon does not know.

They are mostly names. Each comes with how often it stands in the books, the pronunciation that a
worker would guess, and a sentence to recognise it by. With ``-o words.toml`` they are written as a
word list, commented out: correct a line, take its ``#`` away, and give the file to
``ktts audiobook --lexicon``.

With ``--json`` the last line of standard output is ``{"language", "words": [{"word", "count",
"phonemes", "example"}]}``.

Exit codes: 0, 65 for a language that has no lexicon or without the extra ``worker``, 66 for a book
that cannot be read, 73 if the word list is there already, 74 if it cannot be written, 78 without
the extra ``books``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jobs.errors import InvalidRequest, OutputError, OutputExists
from jobs.text.language_tags import BY_CODE, ENGLISH
from jobs.voices import DEFAULT_VOICE, LANGUAGES, parse_language
from scripts.audiobook.book import Book, choose_chapters
from scripts.audiobook.open_book import find_books, open_book
from scripts.audiobook.plan.unknown_words import UnknownWord, find_unknown
from scripts.console.screen import Screen, make_table, make_text, printable, tell
from scripts.parsers import word_parsers
from worker.pronunciation.phonemize import load_reader

if TYPE_CHECKING:
    from rich.table import Table

    from worker.pronunciation.english import EnglishReader

_HEAD = """\
# Words that the lexicon of {language} does not know, and how a worker would guess them.
# Correct a line and take its # away; or give ordinary letters: Milly = {{say = "Millie"}}
# Then: ktts audiobook BOOK --lexicon {name}
"""


@dataclass(frozen=True, slots=True)
class Suggestion(UnknownWord):
    """An unknown word and how it would be said."""

    phonemes: str


def main(argv: Sequence[str] | None = None) -> int:
    """List the words, and write them where that is asked for."""
    args = word_parsers.lexicon().parse_args(argv)
    if args.output and args.output.exists() and not args.overwrite:
        raise OutputExists(
            f"{str(args.output)!r} is there already; choose another name or give --overwrite"
        )
    books = [open_book(path) for path in find_books(args.books)]
    language = _choose_language(books, args.lang)
    suggestions = list(suggest(_texts(books), language, args.top))
    if suggestions:
        Screen(sys.stdout).write(_draw(suggestions))
    else:
        tell("the lexicon knows every word")
    if args.output:
        _write(args.output, suggestions, language)
        tell(f"written to {args.output}")
    if args.json:
        words = [asdict(suggestion) for suggestion in suggestions]
        print(json.dumps({"language": language, "words": words}))
    return 0


def suggest(texts: Iterable[str], language: str, top: int) -> Iterator[Suggestion]:
    """Yield the `top` most frequent words of `texts` that the lexicon of `language` lacks.

    Raises:
        MissingLanguage: the packages that pronounce are not installed.
    """
    reader = cast("EnglishReader", load_reader(language))
    for found in find_unknown(texts, reader.knows)[:top]:
        yield Suggestion(found.word, found.count, found.example, reader.spell(found.word))


def _draw(suggestions: Sequence[Suggestion]) -> Table:
    table = make_table()
    table.add_column(justify="right", min_width=6)
    for row in suggestions:
        table.add_row(*map(make_text, (str(row.count), row.word, row.phonemes, row.example)))
    return table


def format_word_list(suggestions: Sequence[Suggestion], language: str, name: str) -> str:
    """Return the text of a word list for a user to go through."""
    lines = [
        _HEAD.format(language=LANGUAGES[language], name=name),
        f"[{BY_CODE[language].request_tags[-1]}]",
    ]
    for suggestion in suggestions:
        times = "once" if suggestion.count == 1 else f"{suggestion.count} times"
        lines.append(f"\n# {times}: {printable(suggestion.example)}")
        lines.append(
            f"# {_key(suggestion.word)} = {json.dumps(suggestion.phonemes, ensure_ascii=False)}"
        )
    return "\n".join(lines) + "\n"


def _key(word: str) -> str:
    is_bare = word.isascii() and word.isalpha()
    return word if is_bare else json.dumps(word, ensure_ascii=False)


def _choose_language(books: Sequence[Book], wanted: str | None) -> str:
    if wanted:
        language = parse_language(wanted, DEFAULT_VOICE)
        if language not in ENGLISH:
            raise InvalidRequest(
                f"{LANGUAGES[language]} is pronounced by rules and has no lexicon; "
                "only English words can be looked up"
            )
        return language
    for book in books:
        if book.language and not book.language.lower().startswith("en"):
            raise InvalidRequest(
                f"{book.path.name!r} is in {book.language!r}, and only English words can be looked "
                "up; give --lang en to do it all the same"
            )
    return "a"


def _texts(books: Sequence[Book]) -> Iterator[str]:
    return (chapter.text for book in books for chapter in choose_chapters(book))


def _write(path: Path, suggestions: Sequence[Suggestion], language: str) -> None:
    try:
        path.write_text(format_word_list(suggestions, language, path.name), encoding="utf-8")
    except OSError as exc:
        raise OutputError(f"{str(path)!r} cannot be written: {exc.strerror}") from exc
