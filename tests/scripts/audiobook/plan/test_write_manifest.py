"""From a book to its manifest: names, order, identity, previews."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.books.manifest import BookOutput
from jobs.errors import EmptyText, InvalidRequest
from scripts.audiobook.book import Book, Chapter, Cover
from scripts.audiobook.plan.choose import BookOptions
from scripts.audiobook.plan.plan import BookPlan, PlanEntry
from scripts.audiobook.plan.write_manifest import PREVIEW_CHARACTERS, cut_preview, prepare_book

BOOK = Book(
    path=Path("/books/tales.epub"),
    title="Tales: Old & New",
    author="A. Writer",
    language="en-GB",
    chapters=(
        Chapter("Imprint", "Printed by us.", skip_reason="imprint"),
        Chapter("Who?", "The first tale."),
        Chapter("Two", "The second tale."),
        Chapter("Stars", "* * *"),
        Chapter("Four", "The last tale."),
    ),
    cover=Cover(b"picture", "image/png"),
)


def test_a_book_becomes_one_file():
    """The manifest has what players show, the chapters in order, and one output."""
    prepared = prepare_book(BOOK, BookOptions())
    manifest = prepared.manifest

    assert (manifest.title, manifest.author) == ("Tales: Old & New", "A. Writer")
    assert (manifest.language, manifest.source) == ("en-GB", "tales.epub")
    assert (manifest.format, manifest.loudness_lufs, manifest.has_captions) == ("m4b", -18.0, True)
    assert manifest.cover == "cover.png"
    assert manifest.cover_sha256 == hashlib.sha256(b"picture").hexdigest()
    assert [chapter.title for chapter in manifest.chapters] == ["Who?", "Two", "Four"]
    assert manifest.parts[0].request.text == "The first tale."
    assert manifest.parts[0].request.voice == "af_heart"
    assert manifest.outputs == (
        BookOutput(name="Tales - Old & New.m4b", title="Tales: Old & New", chapters=(0, 1, 2)),
    )
    assert prepared.name == "Tales - Old & New"
    assert (prepared.unspeakable, prepared.is_split) == (("Stars",), False)


@pytest.mark.parametrize(
    ("options", "batch_id"),
    [
        ({}, "0af37245b40570dcf6548fd447c0f4cc"),
        (
            {"is_split": True, "format": "mp3", "speed": 1.2},
            "e2dc76a8fa0a980e23c58d97d53066c0",
        ),
    ],
)
def test_the_id_of_a_batch_stays_the_same_in_later_versions(options: dict, batch_id: str):
    """A book that an earlier version began goes on: its parts, tags and pauses are the same."""
    first = "Chapter II\n\n[pause:1s]\n\nShe said. [voice:am_adam] “Come!” [voice:default] He did."
    second = " ".join(["The quick brown fox jumps over the lazy dog."] * 400)
    chapters = (Chapter("One", first), Chapter("Two", second))
    book = Book(Path("/books/tales.epub"), "Tales", "A. Writer", "en-GB", chapters)

    assert prepare_book(book, BookOptions(**options)).manifest.batch_id == batch_id


def test_a_split_book_becomes_a_file_for_each_chapter():
    """Names begin with the chapter's number in the listing, whatever is selected."""
    options = BookOptions(format="mp3", is_split=True)
    whole = prepare_book(BOOK, options)
    some = prepare_book(BOOK, replace(options, selection="2-4"))

    assert [(output.name, output.title, output.chapters) for output in whole.manifest.outputs] == [
        ("01 - Who.mp3", "Who?", (0,)),
        ("02 - Two.mp3", "Two", (1,)),
        ("04 - Four.mp3", "Four", (2,)),
    ]
    assert whole.is_split
    assert [output.name for output in some.manifest.outputs] == ["02 - Two.mp3", "04 - Four.mp3"]


def test_many_chapters_sort_by_name():
    """Numbers have as many digits as the whole book needs."""
    book = replace(BOOK, chapters=tuple(Chapter("C", f"Tale {n}.") for n in range(100)))

    names = [
        output.name for output in prepare_book(book, BookOptions(is_split=True)).manifest.outputs
    ]

    assert (names[0], names[-1]) == ("001 - C.m4b", "100 - C.m4b")
    assert names == sorted(names)


def test_the_same_book_and_options_are_the_same_batch():
    """Anything that changes the files changes the batch; parts keep their jobs where they can."""
    batch_id = prepare_book(BOOK, BookOptions()).manifest.batch_id
    edited = replace(BOOK, chapters=(*BOOK.chapters[:2], Chapter("Two", "Now another.")))
    others = [
        prepare_book(BOOK, BookOptions(voice="am_adam")),
        prepare_book(BOOK, BookOptions(format="mp3")),
        prepare_book(BOOK, BookOptions(loudness_lufs=None)),
        prepare_book(BOOK, BookOptions(has_captions=False)),
        prepare_book(edited, BookOptions()),
    ]

    assert prepare_book(BOOK, BookOptions()).manifest.batch_id == batch_id
    assert len({batch_id, *(other.manifest.batch_id for other in others)}) == 6
    first_jobs = {other.manifest.parts[0].request.job_id for other in others[1:]}
    assert first_jobs == {prepare_book(BOOK, BookOptions()).manifest.parts[0].request.job_id}


def test_a_preview_is_one_file_of_beginnings():
    """Each chosen chapter is cut, the title says so, and --split does not apply."""
    long = replace(BOOK, chapters=(Chapter("Long", "A sentence of words. " * 200),))

    prepared = prepare_book(long, BookOptions(is_preview=True, is_split=True))

    assert prepared.manifest.title == "Tales: Old & New (preview)"
    assert [out.name for out in prepared.manifest.outputs] == ["Tales - Old & New (preview).m4b"]
    assert 800 < prepared.manifest.chapters[0].characters <= PREVIEW_CHARACTERS
    assert not prepared.is_split


def test_the_plan_names_the_book():
    """Title and author of the plan are those of the files; its order is theirs."""
    plan = BookPlan(
        Path("plan.toml"),
        title="Mine",
        author="Me",
        chapters=(PlanEntry(5, title="Z"), PlanEntry(2)),
    )

    manifest = prepare_book(BOOK, BookOptions(plan=plan)).manifest

    assert (manifest.title, manifest.author) == ("Mine", "Me")
    assert [chapter.title for chapter in manifest.chapters] == ["Z", "Who?"]
    assert manifest.outputs[0].name == "Mine.m4b"


@pytest.mark.parametrize(
    ("stated", "options", "tag"),
    [
        ("fr-CA", BookOptions(), "fr-CA"),
        ("", BookOptions(), "en"),
        ("", BookOptions(voice="jf_alpha"), "ja"),
        ("en", BookOptions(language="e"), "es"),
        ("de", BookOptions(voice="af_heart"), "de"),
    ],
    ids=["the book's", "unstated", "the voice's", "asked for", "a voice for another"],
)
def test_the_files_language_is_the_books(stated: str, options: BookOptions, tag: str):
    """What the metadata say counts, unless a language is asked for or none is stated."""
    assert prepare_book(replace(BOOK, language=stated), options).manifest.language == tag


def test_nothing_to_speak_is_refused():
    """A book without a word, or a selection of it, says so; so does one that nobody can read."""
    with pytest.raises(EmptyText, match=r"tales.epub holds nothing that can be spoken"):
        prepare_book(BOOK, BookOptions(selection="3"))
    with pytest.raises(InvalidRequest, match="its language is 'de'"):
        prepare_book(replace(BOOK, language="de"), BookOptions())


PREVIEWS = {
    "short": ("One. Two.", "One. Two."),
    "sentence": (
        "A sentence of words. " * 60,
        ("A sentence of words. " * 42).rstrip(),
    ),
    "quoted": ("x" * 880 + "! ” Then " + "y" * 100, "x" * 880 + "!"),
    "paragraph": ("x" * 500 + "\n\n" + "y " * 500, "x" * 500),
    "no sentence": ("word " * 300, ("word " * 180).rstrip()),
    "no word": ("x" * 2_000, "x" * PREVIEW_CHARACTERS),
    "chinese": ("这是一个句子。" * 200, "这是一个句子。" * 128),
}


@pytest.mark.parametrize(("text", "preview"), PREVIEWS.values(), ids=PREVIEWS)
def test_a_preview_ends_with_a_sentence(text: str, preview: str):
    """Or with a paragraph, else with a word; only a text without any is cut inside."""
    assert cut_preview(text) == preview


def test_odd_titles_become_files_of_their_own():
    """Each chapter has a name that every file system takes, and no two are one."""
    titles = [
        "1/2: Time?",
        "CON",
        "...",
        "a;#=\\b",
        "Same",
        "same",
        "Long " * 80,
        "👻 \u202eods",
        "Two\nlines",
    ]
    chapters = tuple(Chapter(title, f"It was {number}.") for number, title in enumerate(titles))
    odd = replace(BOOK, chapters=chapters)

    names = [
        output.name
        for output in prepare_book(odd, BookOptions(format="mp3", is_split=True)).manifest.outputs
    ]

    assert len({name.casefold() for name in names}) == len(titles)
    assert all(len(name.encode()) <= 255 for name in names)
    assert not any(set(name) & set('/\\:*?"<>|\n') for name in names)
