"""The plan of a book: written for the user, edited by hand, read back and applied."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from jobs.errors import InputError, InvalidRequest, OutputError, OutputExists, UnknownVoice
from jobs.text.roles import Role
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.plan.choose import BookOptions, choose
from scripts.audiobook.plan.passages import ProposedRole
from scripts.audiobook.plan.plan import PlannedChapter, apply_plan, hash_text, parse_selection
from scripts.audiobook.plan.plan_file import read_plan, write_plan

BOOK = Book(
    Path("three.epub"),
    "Three\x07 “Things” \\ or so",
    "A. Body",
    "en",
    (
        Chapter("Cover", "Three Things", skip_reason="title page\nwith a break"),
        Chapter('The "First"', "First.\n\nWords."),
        Chapter("Zweitens", "Second."),
        Chapter("第三章", "Third."),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the plan is."""
    return tmp_path / "book.toml"


def write(path: Path, text: str) -> Path:
    """Write a plan by hand."""
    path.write_text(text, encoding="utf-8")
    return path


def plan_book(path: Path, book: Book = BOOK) -> tuple[PlannedChapter, ...]:
    """Return what is spoken of a book with the plan at `path`."""
    return choose(book, BookOptions(plan=read_plan(path)))


def test_a_plan_as_written_changes_nothing(path: Path) -> None:
    """The plan of a book, not edited, speaks the book as it is without one."""
    write_plan(path, BOOK)

    assert plan_book(path) == choose(BOOK, BookOptions())


def test_a_plan_says_what_it_knows(path: Path) -> None:
    """It shows title, author, size, the reason for what is left out, and how to change it."""
    write_plan(path, BOOK, voice="bm_george", speed=1.1, language="en-gb")

    text = path.read_text(encoding="utf-8")
    document = tomllib.loads(text)

    assert document.pop("chapter")[:2] == [
        {
            "source": 1,
            "title": "Cover",
            "characters": 12,
            "text": hash_text("Three Things"),
            "skip": True,
        },
        {
            "source": 2,
            "title": 'The "First"',
            "characters": 14,
            "text": hash_text("First.\n\nWords."),
        },
    ]
    assert document == {
        "title": BOOK.title,
        "author": "A. Body",
        "voice": "bm_george",
        "speed": 1.1,
        "language": "en-gb",
        "chapters": 4,
    }
    assert "skip = true # title page with a break\n" in text
    assert "# Book: three.epub\n" in text
    assert "Chapters are spoken in the order of their tables" in text


def test_all_chapters_can_be_kept(path: Path) -> None:
    """With `include_all` front matter is spoken like the rest."""
    write_plan(path, BOOK, include_all=True)

    assert len(plan_book(path)) == 4


def test_an_edited_plan_is_followed(path: Path) -> None:
    """Order, titles, voices and what is left out are as the user wrote them."""
    write(
        path,
        'title = "Own"\nvoice = "bf_emma"\nspeed = 1\n'
        '[[chapter]]\nsource = 4\ntitle = "Last first"\nvoice = "zf_xiaobei"\nspeed = 0.8\n'
        "[[chapter]]\nsource = 3\nskip = true\n"
        '[[chapter]]\nsource = 1\nskip = false\nlanguage = "en-us"\n',
    )

    plan = read_plan(path)
    last, first = plan_book(path)

    assert (plan.title, plan.author) == ("Own", None)
    assert (last.title, last.text) == ("Last first", "Third.")
    assert (last.voice, last.speed, last.language) == ("zf_xiaobei", 0.8, "auto")
    assert (first.title, first.text) == ("Cover", "Three Things")
    assert (first.voice, first.speed, first.language) == ("bf_emma", 1, "en-us")


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        pytest.param("", InputError, "has no [[chapter]] tables", id="empty"),
        pytest.param("[chapter]\nsource = 1", InputError, "has no [[chapter]] tables", id="table"),
        pytest.param("title = \n", InputError, "(at line 1, column 9)", id="no TOML"),
        pytest.param("voise = 'x'\n", InputError, "'voise' is unknown; it has title", id="key"),
        pytest.param("title = 5\n", InputError, "title must be text in quotes, not 5", id="kind"),
        pytest.param("speed = 'fast'\n", InputError, "speed must be a number", id="speed"),
        pytest.param("speed = true\n", InputError, "speed must be a number", id="true is none"),
        pytest.param("speed = 3\n", InvalidRequest, "speed 3 is not between 0.5 and", id="fast"),
        pytest.param("speed = nan\n", InvalidRequest, "speed nan is not between", id="nan"),
        pytest.param("voice = 'af_hart'\n", UnknownVoice, "did you mean 'af_heart'?", id="voice"),
        pytest.param("language = 'de'\n", InvalidRequest, "language 'de' is unknown", id="lang"),
        pytest.param(
            "[[chapter]]\nsource = 1\nvoice = 'am_adm'\n",
            UnknownVoice,
            "[[chapter]] number 1: voice 'am_adm' is unknown; did you mean 'am_adam'?",
            id="chapter's voice",
        ),
        pytest.param("[[chapter]]\ntitle = 'x'\n", InputError, "1 has no source", id="no source"),
        pytest.param("[[chapter]]\nsource = 0\n", InputError, "from 1", id="source 0"),
        pytest.param("[[chapter]]\nsource = 2\n[[chapter]]\nsource = 2\n", InputError, "twice"),
        pytest.param("[[chapter]]\nsource = 2\nskip = 1\n", InputError, "skip must be true or"),
        pytest.param("[[chapter]]\nsource = 2\nsex = 1\n", InputError, "number 1: 'sex' is unk"),
    ],
)
def test_a_wrong_plan_is_refused(path: Path, text: str, error, message: str) -> None:
    """What cannot be meant is one line with the file, the line or the key, and what to do."""
    write(path, text + ("" if "chapter" in text or not text else "[[chapter]]\nsource = 1\n"))

    with pytest.raises(error) as caught:
        read_plan(path)

    assert type(caught.value) is error
    assert message in str(caught.value)
    assert repr(str(path)) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "chapters = 5\n[[chapter]]\nsource = 1\n", "a book of 5 chapters, and", id="n"
        ),
        pytest.param("[[chapter]]\nsource = 5\n", "source 5: 'three.epub' has 4", id="unknown"),
        pytest.param("[[chapter]]\nsource = 2\ntext = 'x'\n", "is not the one that was", id="text"),
        pytest.param("[[chapter]]\nsource = 2\nskip = true\n", "leaves out every", id="nothing"),
    ],
)
def test_a_plan_for_another_book_is_refused(path: Path, text: str, message: str) -> None:
    """A plan is not put over a book or a text that it was not written for."""
    plan = read_plan(write(path, text))

    with pytest.raises(InputError) as caught:
        apply_plan(BOOK, plan)

    assert message in str(caught.value)


def test_a_plan_without_hashes_fits_a_corrected_book(path: Path) -> None:
    """The user may take `text` out and use the plan on another edition."""
    write_plan(path, BOOK)
    edited = "\n".join(
        line for line in path.read_text(encoding="utf-8").splitlines() if line[:4] != "text"
    )
    other = Book(BOOK.path, "T", "", "", tuple(Chapter(str(n), "New.") for n in range(4)))

    planned = plan_book(write(path, edited), other)

    assert (planned[2].title, planned[2].text) == ("第三章", "New.")


def test_a_plan_that_is_there_is_kept(path: Path) -> None:
    """An edited plan is not written over unless the user says so."""
    write(path, "mine")

    with pytest.raises(OutputExists, match="is there already"):
        write_plan(path, BOOK)
    assert path.read_text(encoding="utf-8") == "mine"

    write_plan(path, BOOK, overwrite=True)
    assert "[[chapter]]" in path.read_text(encoding="utf-8")


def test_a_plan_that_cannot_be_written_is_an_output_error(tmp_path: Path) -> None:
    """A directory that is not there is named with its reason."""
    with pytest.raises(OutputError, match="cannot be written: No such file"):
        write_plan(tmp_path / "no" / "book.toml", BOOK)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2-5,8", (2, 3, 4, 5, 8)),
        ("8, 2 ,2-3", (2, 3, 8)),
        ("7-", (7, 8, 9)),
        ("-2", (1, 2)),
        ("9", (9,)),
        ("12-12", None),
        ("0", None),
        ("5-2", None),
        ("", None),
        ("-", None),
        ("1,,2", None),
        ("two", None),
        ("1-2-3", None),
        ("99999999999", None),
    ],
)
def test_chapters_are_chosen_by_number(text: str, expected: tuple[int, ...] | None) -> None:
    """Numbers and ranges within the book; anything else is refused with what was written."""
    if expected:
        assert parse_selection(text, 9) == expected
        return
    with pytest.raises(InvalidRequest, match="--chapters"):
        parse_selection(text, 9)


def test_a_plan_has_roles_to_edit(path: Path) -> None:
    """With counts for people; they are read back, and a voice that was changed speaks."""
    proposed = [
        ProposedRole("narrator", "af_heart", 1200, 0),
        ProposedRole("dialogue", "af_heart", 9, 2),
    ]
    write_plan(path, BOOK, voice="af_heart", roles=proposed)
    text = path.read_text(encoding="utf-8")

    assert '[roles.dialogue]\nvoice = "af_heart" # 9 words in 2 passages' in text
    assert "# 1,200 words\n" in text
    assert plan_book(path) == choose(BOOK, BookOptions())
    write(path, text.replace('"af_heart" # 9', '"bf_emma" # 9'))
    assert plan_book(path)[0].roles == (("dialogue", Role(voice="bf_emma")),)
    options = BookOptions(plan=read_plan(path), roles={"dialogue": Role(voice="am_adam")})
    assert choose(BOOK, options)[0].roles == (("dialogue", Role(voice="am_adam")),)


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        ('[roles.Ann]\nvoice = "af_skie"\n', "line 1: role 'Ann': voice 'af_skie' is unknown"),
        ("[roles.Ann]\nspeed = 1.0\n", "line 1: role 'Ann'"),
        ('roles = "Ann"\n', "roles must be tables"),
    ],
)
def test_a_wrong_role_of_a_plan_is_named_with_its_line(
    path: Path, roles: str, message: str
) -> None:
    """As in a file of roles."""
    with pytest.raises((InputError, InvalidRequest)) as caught:
        read_plan(write(path, f"{roles}[[chapter]]\nsource = 2\n"))

    assert message in str(caught.value)
