"""Names of a book's files by author, series and title."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.books.file_names import MAX_NAME_BYTES
from jobs.books.manifest import Manifest, batch_dir
from jobs.errors import InvalidRequest, OutputError, OutputExists
from scripts.audiobook.make.library_name import check_template, fill_template, has_own_folder
from scripts.audiobook.make.output_folder import OutputFolder, Place
from tests.builders.finished_book import make_book, make_picture

LIBRARY = "{author}/{series}/Vol. {part} - {year} - {title}/{title}"
FULL = {"author": "Ada Quill", "series": "Tides", "series_part": "2", "year": "1999"}


def fill(template: str, **fields: str) -> str:
    """Return the name of a book with these fields."""
    chapters = [{"title": "One", "parts": [{"request": {"text": "One."}}]}]
    outputs = [{"name": "a.m4b", "title": "a", "chapters": [0]}]
    facts = {"title": "Salt", "source": "b.epub", "format": "m4b"} | fields
    manifest = Manifest.model_validate(facts | {"chapters": chapters, "outputs": outputs})
    return fill_template(check_template(template), manifest)


@pytest.mark.parametrize(
    ("template", "fields", "name"),
    [
        ("{author}/{series}/{title}", FULL, "Ada Quill/Tides/Salt"),
        ("{author}/{series}/{title}", {"author": "Ada Quill"}, "Ada Quill/Salt"),
        (LIBRARY, FULL, "Ada Quill/Tides/Vol. 2 - 1999 - Salt/Salt"),
        (LIBRARY, {"year": "1999"}, "1999 - Salt/Salt"),
        (LIBRARY, FULL | {"year": ""}, "Ada Quill/Tides/Vol. 2 - Salt/Salt"),
        ("{title} ({year})", {}, "Salt"),
        ("{title} (Book {part})", {}, "Salt"),
        ("{title} (Book {part})", FULL, "Salt (Book 2)"),
        ("{title} (Book {part}, {year})", {"year": "1999"}, "Salt (1999)"),
        ("{title} ({series}, {year}) [{language}]", {"year": "1999"}, "Salt (1999)"),
        ("Books/{title} [{language}]", {"language": "en"}, "Books/Salt [en]"),
        ("{author}/{title}", {"author": "../..", "title": "/etc/passwd"}, "-/-etc-passwd"),
        ("{author}/{title}", {"author": "a/../b", "title": 'CON: "?*'}, "a-..-b/CON - '"),
        ("{author}/{title}", {"author": "con", "title": "..."}, "_con/Untitled"),
        ("{title}", {"title": "é" * 300}, "é" * 60),
    ],
)
def test_fields_make_folders_and_a_name(template: str, fields: dict[str, str], name: str) -> None:
    """Empty fields leave no gap; no value leads out or is refused by a file system."""
    assert fill(template, **fields) == name


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("../{title}", "no path below"),
        ("/srv/{title}", "no path below"),
        ("{author}//{title}", "no path below"),
        ("{title}/", "no path below"),
        ("C:\\{title}", "no path below"),
        ("", "no path below"),
        ("{author}", "needs {title}"),
        ("{title}/{narrator}", "{narrator} is unknown; it has {title}, {author}"),
        ("{title.__class__}", "is unknown"),
        ("{title!r}", "more in a field"),
        ("{title", "expected '}'"),
    ],
)
def test_a_template_that_cannot_be_is_refused(template: str, message: str) -> None:
    """Before any work; the message says what it may have."""
    with pytest.raises(InvalidRequest) as caught:
        check_template(template)

    assert message in str(caught.value)


@settings(max_examples=100, deadline=None)
@given(author=st.text(max_size=200), series=st.text(max_size=60), title=st.text(max_size=200))
def test_no_value_leads_out(author: str, series: str, title: str) -> None:
    """Three names at most, each whole on every file system."""
    names = fill("{author}/{series}/{title}", author=author, series=series, title=title).split("/")

    assert 1 <= len(names) <= 3
    for name in names:
        assert name.strip(". ")
        assert name not in {".", ".."}
        assert len(name.encode()) <= MAX_NAME_BYTES + 1
        assert not set('\\/:*?"<>|\0\n') & set(name)


def deliver(directory: Path, manifest: Manifest, made: Path, template: str) -> Place:
    """Deliver a book under a name of a library."""
    folder = OutputFolder(directory, overwrite=False)
    place = folder.reserve(
        manifest,
        fill_template(template, manifest),
        is_split=False,
        has_cover=True,
        has_own_folder=has_own_folder(template),
    )
    folder.check(place, made)
    [output] = manifest.outputs
    audio = made / output.name
    audio.write_bytes(b"audio")
    digest = hashlib.sha256(b"audio").hexdigest()
    folder.deliver(place, output, audio, sha256=digest, beside=[])
    assert folder.has(place, output)
    return place


@pytest.mark.parametrize(
    ("template", "files"),
    [
        ("{author}/{title}/{title}", ["The Book.flac", "cover.png"]),
        ("{author}/{title}", ["The Book.flac", "The Book.png"]),
    ],
)
def test_the_cover_lies_beside_the_book(tmp_path: Path, template: str, files: list[str]) -> None:
    """As cover.png in a folder of its own, else under the book's name; another's stays."""
    target = tmp_path / "library"
    target.mkdir()
    manifest = make_book(tmp_path, [["One."]], cover=make_picture(), has_captions=False)
    made = batch_dir(tmp_path, manifest.batch_id)
    place = deliver(target, manifest, made, template)

    inside = (target / place.name).parent
    assert sorted(path.name for path in inside.iterdir()) == files
    assert (inside / files[1]).read_bytes() == make_picture()
    fields = {"has_captions": False, "source": "c.md"}
    other = make_book(tmp_path, [["Two."]], cover=make_picture(9), **fields)
    second = deliver(target, other, batch_dir(tmp_path, other.batch_id), template)
    assert second.name.endswith("The Book (c)")
    assert (inside / files[1]).read_bytes() == make_picture()
    (inside / files[1]).write_bytes(b"mine")
    with pytest.raises(OutputExists):
        OutputFolder(target, overwrite=False).check(place, made)


def test_books_in_one_folder_have_a_cover_each(tmp_path: Path) -> None:
    """A folder that is named after the title alone may hold two books of that title."""
    for author in ("Ada", "Bo"):
        fields = {"author": author, "source": f"{author}.md", "has_captions": False}
        manifest = make_book(tmp_path, [[author]], cover=make_picture(len(author)), **fields)
        made = batch_dir(tmp_path, manifest.batch_id)
        deliver(tmp_path, manifest, made, "{title}/{author}")

    assert (tmp_path / "The Book" / "Ada.png").read_bytes() == make_picture(3)
    assert (tmp_path / "The Book" / "Bo.png").read_bytes() == make_picture(2)


def test_a_file_where_a_folder_is_to_go_is_said_before_any_work(tmp_path: Path) -> None:
    """One line names it."""
    (tmp_path / "An Author").write_bytes(b"")
    manifest = make_book(tmp_path, [["One."]])
    folder = OutputFolder(tmp_path, overwrite=False)
    place = folder.reserve(manifest, fill_template("{author}/{title}", manifest), is_split=False)

    with pytest.raises(OutputError, match="is a file, and a folder is to go there"):
        folder.check(place, tmp_path)
