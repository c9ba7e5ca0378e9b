"""Reads and writes a plan: a TOML file that the user may edit.

::

    title = "The Book"
    author = "Somebody"
    voice = "af_heart"          # speed, language: for the whole book
    chapters = 12               # in the book, so that a plan for another one is noticed

    [roles.dialogue]            # who speaks what, see `scripts.audiobook.plan.passages`
    voice = "bf_emma"
    speed = 1.05

    [[chapter]]                 # in the order of reading
    source = 3                  # which of the book's chapters, front and back matter counted
    title = "The Beginning"     # as players show it
    characters = 20412          # of its text, for people
    text = "3f2a91bc04d1"       # a hash of its text; may be taken out
    voice = "bm_george"         # speed, language: where it differs from the book
    skip = true                 # leaves it out, as taking out the table does
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

from jobs.errors import InputError, InvalidRequest, OutputError, OutputExists
from jobs.voices import DEFAULT_VOICE, MAX_SPEED, MIN_SPEED, parse_language, parse_voice
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.plan.passages import FOOTNOTE, ProposedRole
from scripts.audiobook.plan.plan import BookPlan, PlanEntry, hash_text
from scripts.audiobook.plan.toml_file import read_toml
from scripts.console.roles_file import check_roles

_SPEECH_KEYS = {"voice": str, "speed": float, "language": str}
_BOOK_KEYS: dict[str, type] = {"title": str, "author": str, **_SPEECH_KEYS, "chapters": int}
_CHAPTER_KEYS: dict[str, type] = {
    "source": int,
    "title": str,
    "characters": int,
    "text": str,
    **_SPEECH_KEYS,
    "skip": bool,
}
_KINDS = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}

_HEAD = """\
What is spoken of this book, and how. Change what you like, then give this file to --plan.

Chapters are spoken in the order of their tables: move a table to move its chapter, take it out or
write skip = true to leave the chapter out, write skip = false to have it back. A voice, speed or
language in a table holds for that chapter alone. `ktts voices` lists the voices.

A table below `roles` gives a voice and, with speed = 1.1, a speed to what a play gives to that
name; to `dialogue`, what stands in quotation marks; to `quotation`, what the book sets off as a
quotation; to `title`, a chapter's headings; and to the `narrator`, all the rest. A `footnote` is
spoken at its chapter's end, and only if it has such a table. Names of your own speak after
[voice:NAME] in the text. Take a table out to leave its words to the narrator.

`text` is a hash of what is spoken: take the line out to use a plan although the text has changed.
"""

_EXAMPLES = {"voice": f'"{DEFAULT_VOICE}"', "speed": "1.0", "language": '"en-us"'}


def write_plan(
    path: Path,
    book: Book,
    *,
    voice: str | None = None,
    speed: float | None = None,
    language: str | None = None,
    roles: Sequence[ProposedRole] = (),
    include_all: bool = False,
    overwrite: bool = False,
) -> None:
    """Write a plan that speaks `book` as it is spoken without one.

    Raises:
        OutputExists: the file exists; it may have been edited by hand.
        OutputError: it cannot be written.
    """
    document = tomlkit.document()
    for line in (*_HEAD.splitlines(), "", f"Book: {book.path.name}"):
        document.add(tomlkit.comment(_printable(line)))
    document.add(tomlkit.nl())
    document["title"] = book.title
    document["author"] = book.author
    for key, value in (("voice", voice), ("speed", speed), ("language", language)):
        if roles and key == "voice":  # the narrator has it
            continue
        if value is None:
            document.add(tomlkit.comment(f"{key} = {_EXAMPLES[key]}"))
        else:
            document[key] = value
    document["chapters"] = len(book.chapters)
    document["chapters"].comment("in the book; a plan for another book is noticed by it")
    if roles:
        document["roles"] = _write_roles(roles)
    tables = tomlkit.aot()
    for source, chapter in enumerate(book.chapters, 1):
        tables.append(_write_chapter(source, chapter, include_all=include_all))
    document["chapter"] = tables
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8") as file:
            file.write(tomlkit.dumps(document))
    except FileExistsError as exc:
        raise OutputExists(
            f"{str(path)!r} is there already; choose another name or give --overwrite"
        ) from exc
    except OSError as exc:
        raise OutputError(f"{str(path)!r} cannot be written: {exc.strerror}") from exc


def _write_roles(roles: Sequence[ProposedRole]) -> Table:
    tables = tomlkit.table(is_super_table=True)
    for role in roles:
        table = tomlkit.table()
        passages = f" in {role.passages:,} passages" if role.passages else ""
        counts = f"{role.words:,} words{passages}"
        if role.name == FOOTNOTE:  # a table would have notes spoken
            before = tables[[*tables][-1]]
            before.add(tomlkit.nl())
            before.add(tomlkit.comment(f"[roles.{FOOTNOTE}]"))
            before.add(tomlkit.comment(f'voice = "{role.voice}" # {counts}'))
            continue
        table["voice"] = tomlkit.item(role.voice).comment(counts)
        tables[role.name] = table
    return tables


def _write_chapter(source: int, chapter: Chapter, *, include_all: bool) -> Table:
    table = tomlkit.table()
    table["source"] = source
    table["title"] = chapter.title
    table["characters"] = len(chapter.text)
    table["text"] = hash_text(chapter.text)
    if chapter.skip_reason and not include_all:
        table["skip"] = tomlkit.item(True).comment(_printable(chapter.skip_reason))
    return table


def _printable(text: str) -> str:
    """Return `text` without characters that a TOML comment cannot hold."""
    return "".join(char if char.isprintable() else " " for char in text)


def read_plan(path: Path) -> BookPlan:
    """Read a plan and check everything that needs no book.

    Raises:
        InputError: the file is no plan; the message names the line or key.
        InvalidRequest: a voice, language or speed does not exist.
    """
    document = read_toml(path)
    name = repr(str(path))
    tables, roles = document.pop("chapter", None), document.pop("roles", {})
    if not isinstance(roles, dict):
        raise InputError(f'{name}: roles must be tables such as [roles.Ann] with voice = "af_sky"')
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InputError(f"{name} has no [[chapter]] tables; --write-plan writes a plan")
    book = _check_keys(document, _BOOK_KEYS, name)
    _check_speech(book, name, book)
    chapters: list[PlanEntry] = []
    for number, fields in enumerate(tables, 1):
        place = f"{name}: [[chapter]] number {number}"
        table = _check_keys(fields, _CHAPTER_KEYS, place)
        if table.get("source", 0) < 1:
            raise InputError(f"{place} has no source; say which of the book's chapters, from 1")
        if any(chapter.source == table["source"] for chapter in chapters):
            raise InputError(f"{place}: source {table['source']} is there twice; take one out")
        _check_speech(table, place, book)
        table.pop("characters", None)
        chapters.append(PlanEntry(text_hash=table.pop("text", ""), **table))
    checked = check_roles(roles, name, path.read_text("utf-8-sig") if roles else "")
    count = book.pop("chapters", 0)
    return BookPlan(path, roles=checked, chapter_count=count, chapters=tuple(chapters), **book)


def _check_keys(fields: dict[str, Any], known: dict[str, type], place: str) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for key, value in fields.items():
        if key not in known:
            raise InputError(f"{place}: {key!r} is unknown; it has {', '.join(known)}")
        kind = known[key]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number if kind is float else type(value) is kind):
            raise InputError(f"{place}: {key} must be {_KINDS[kind]}, not {value!r}")
        checked[key] = " ".join(value.split()) if kind is str else value
    return checked


def _check_speech(fields: dict[str, Any], place: str, book: dict[str, Any]) -> None:
    """Check voice, language and speed of a chapter or of the book."""
    speed = fields.get("speed", 1.0)
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise InvalidRequest(f"{place}: speed {speed} is not between {MIN_SPEED} and {MAX_SPEED}")
    try:
        voice = fields.get("voice", book.get("voice", DEFAULT_VOICE))
        parse_voice(voice)
        parse_language(fields.get("language", "auto"), voice)
    except InvalidRequest as exc:
        raise type(exc)(f"{place}: {exc}") from exc
