"""Books over HTTP: upload, progress chapter by chapter, download."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from jobs.books import store
from jobs.books.manifest import Manifest
from tests.builders.finished_book import FIRST_RELEASE
from tests.conftest import eventually
from tests.fakes.web import START_SECONDS, Site

BOOK = """# The Two Rooms

## One

The first room was small. Nobody went there.

## Two

The second room was large. Everybody went there.
"""


def upload(client: httpx.Client, text: str, name: str = "rooms.md", **form: Any) -> httpx.Response:
    """Upload a book."""
    return client.post("/v1/batches", files={"file": (name, text.encode())}, data=form)


def test_a_book_is_uploaded_made_and_downloaded(site: Site, web: httpx.Client):
    """Each chapter becomes jobs, the whole becomes a file that can be had in ranges."""
    answer = upload(web, BOOK, format="flac")
    receipt = answer.json()

    assert answer.status_code == 202, answer.text
    assert receipt["title"] == "The Two Rooms"
    assert len(receipt["chapters"]) >= 2
    book = eventually(lambda: _finished(web, receipt["link"]), START_SECONDS)
    assert book["fraction"] == 1
    assert all(chapter["status"] == "finished" for chapter in book["chapters"])
    [file] = book["files"]
    audio = web.get(file["link"])
    assert (audio.status_code, audio.headers["content-type"]) == (200, "audio/flac")
    assert (
        audio.content
        == (site.settings.output_dir / "books" / receipt["id"] / file["name"]).read_bytes()
    )
    assert web.get(file["link"], headers={"Range": "bytes=0-3"}).content == b"fLaC"
    captions = next(link for link in file["beside"] if link.endswith(".vtt"))
    assert "first room was small" in web.get(captions).text.replace("\n", " ")
    assert any(summary["id"] == receipt["id"] for summary in web.get("/v1/batches").json())
    assert web.get(f"/v1/jobs/{book['chapters'][0]['jobs'][0]}/audio").status_code == 200


def test_a_book_to_read_along_is_made_of_an_upload(web: httpx.Client):
    """The file is an EPUB with audio and overlays, and has no captions beside it."""
    receipt = upload(web, BOOK, format="epub").json()

    book = eventually(lambda: _finished(web, receipt["link"]), START_SECONDS)

    [file] = book["files"]
    made = web.get(file["link"])
    assert made.headers["content-type"] == "application/epub+zip"
    with zipfile.ZipFile(io.BytesIO(made.content)) as epub:
        assert {"EPUB/ktts/page-0001.smil", "EPUB/ktts/chapter-0001.m4a"} <= set(epub.namelist())
    assert file["beside"] == []


def test_reading_and_pause_scale_are_part_of_a_book(web: httpx.Client):
    """Another one is another batch; the usual ones need not be said."""
    usual, full, plain, slow = (
        upload(web, BOOK, chapters="1", **form).json()["id"]
        for form in ({}, {"reading": "full"}, {"reading": "plain"}, {"pause_scale": "2"})
    )

    assert usual == full != plain != slow != usual


def test_roles_are_an_option_of_a_book(web: httpx.Client):
    """As TOML or JSON; captions have their names, and without roles the book is what it was."""
    forms = [{}, {"roles": 'title = "bf_emma"'}, {"roles": '{"title": {"voice": "bf_emma"}}'}]
    plain, *cast = [upload(web, BOOK, format="flac", **form).json() for form in forms]

    assert cast[0]["id"] == cast[1]["id"] != plain["id"]
    book = eventually(lambda: _finished(web, cast[0]["link"]), START_SECONDS)
    captions = next(x for x in book["files"][0]["beside"] if x.endswith("words.vtt"))
    assert "<v title>" in web.get(captions).text


def test_only_chosen_chapters_are_made(web: httpx.Client):
    """A selection is a batch of its own, with these chapters alone."""
    receipt = upload(web, BOOK, chapters="2", format="wav").json()

    assert len(receipt["chapters"]) == 1


@pytest.mark.parametrize(
    ("file", "form", "field", "words"),
    [
        (("book.exe", "text"), {}, "", "no kind of book"),
        (("book", "text"), {}, "", "no kind of book"),
        (("../../etc/passwd", "text"), {}, "", "no kind of book"),
        (("book.epub", "this is no zip"), {}, "", "book.epub"),
        (("book.md", BOOK), {"voice": "af_hart"}, "voice", "did you mean"),
        (("book.md", BOOK), {"chapters": "9-12"}, "", "chapter"),
        (("book.md", BOOK), {"speed": "9"}, "speed", "less than or equal to 2"),
        (("book.md", BOOK), {"pause_scale": "-1"}, "pause_scale", "greater than or equal to 0"),
        (("book.md", BOOK), {"reading": "loud"}, "reading", "plain"),
        (("book.md", BOOK), {"roles": "\nAnn = 'af_skie'"}, "", "roles, line 2: role 'Ann': voice"),
        (("book.md", BOOK), {"format": "aac"}, "format", "m4b"),
        (("book.md", BOOK), {"format": "epub", "split": "true"}, "split", "one EPUB"),
        (("book.md", ""), {}, "", "text"),
    ],
)
def test_what_cannot_be_read_is_said(
    web: httpx.Client, file: tuple[str, str], form: dict, field: str, words: str
):
    """A wrong file or wish is a 422 that says what to do, and names no path of the server."""
    name, content = file
    answer = upload(web, content, name, **form)
    problem = answer.json()

    assert answer.status_code == 422
    assert words in problem["detail"]
    assert problem.get("field", "") == field
    assert "/tmp" not in problem["detail"]


def test_a_book_is_cancelled_and_taken_up_again(web: httpx.Client):
    """Cancelled it stops; retried it comes to its end."""
    text = BOOK + "\n\n".join(f"## Room {n}\n\nThis is room number {n} now." for n in range(20))
    link = upload(web, text, format="wav").json()["link"]
    cancelled = web.delete(link).json()
    retried = web.post(f"{link}/retry").json()
    web.delete(link)

    assert cancelled["status"] == "cancelled"
    assert retried["status"] in {"queued", "running"}


def test_a_book_that_is_not_there(web: httpx.Client):
    """An unknown id, a name that leads elsewhere and an unfinished file are all not found."""
    link = upload(web, BOOK, chapters="1", format="wav").json()["link"]

    assert web.get(f"/v1/batches/{'0' * 32}").status_code == 404
    assert web.get("/v1/batches/..%2f..").status_code == 404
    assert web.get(f"{link}/files/manifest.json").status_code == 404
    assert web.get(f"{link}/files/..%2fmanifest.json").status_code == 404


@pytest.mark.parametrize("is_kept", [True, False])
def test_an_upload_says_what_was_spoken_under_other_rules(
    site: Site, web: httpx.Client, is_kept: bool
):
    """Kept or spoken anew: the receipt has how many parts, and what differs."""
    text = BOOK.replace("room", "hall" if is_kept else "house")
    first = upload(web, text, format="flac").json()
    manifest = Manifest.read(site.settings.output_dir / "books" / first["id"] / "manifest.json")
    results = [store.part_files(site.settings.output_dir, part)[2] for part in manifest.parts]
    eventually(lambda: all(result.is_file() for result in results), START_SECONDS)
    for result in results:
        outdated = json.loads(result.read_text()) | {"fingerprint": FIRST_RELEASE}
        result.write_text(json.dumps(outdated))

    again = upload(web, text, format="flac", keep_parts=str(is_kept)).json()

    assert (first["begun"], again["id"]) == (None, first["id"])
    assert again["begun"].pop("change").startswith("reading rules none, now ")
    counts = dict.fromkeys(("parts", "spoken", "outdated"), len(results))
    assert again["begun"] == counts | {"kept": is_kept}
    if is_kept:
        book = web.get(first["link"]).json()
        assert (book["kept_parts"], book["outdated_parts"]) == (len(results), 0)
    else:
        eventually(lambda: not any('"chunker": "2"' in path.read_text() for path in results))


def _finished(client: httpx.Client, link: str) -> dict[str, Any] | None:
    book = client.get(link).json()
    assert not book["problem"], book
    return book if book["status"] == "finished" else None


def test_a_book_is_looked_into_before_it_is_made(web: httpx.Client):
    """Its chapters come with the numbers by which an upload chooses them; nothing is queued."""
    before = web.get("/v1/batches").json()
    file = {"file": ("rooms.md", BOOK.encode())}
    contents = web.post("/v1/batches/contents", files=file).json()
    wrong = web.post("/v1/batches/contents", files={"file": ("book.exe", b"text")})

    assert contents["title"] == "The Two Rooms"
    assert [(one["index"], one["title"]) for one in contents["chapters"]] == [
        (1, "One"),
        (2, "Two"),
    ]
    assert all(chapter["characters"] > 10 for chapter in contents["chapters"])
    assert contents["left_out"] == []
    assert contents["warnings"] == [
        "no language is stated; its text is English, and --lang names another"
    ]
    assert (wrong.status_code, wrong.json()["error"]) == (422, "InputError")
    assert web.get("/v1/batches").json() == before


def test_a_book_is_served_as_it_was_made_or_not_at_all(site: Site, web: httpx.Client):
    """A file that somebody has put in its place is not given out as the book."""
    text = "# Alone\n\nThis book is exchanged.\n"
    receipt = upload(web, text, format="wav").json()
    book = eventually(lambda: _finished(web, receipt["link"]), START_SECONDS)
    [file] = book["files"]
    assert web.get(file["link"]).status_code == 200

    path = site.settings.output_dir / "books" / receipt["id"] / file["name"]
    path.write_bytes(b"RIFF" + b"another's audio")
    answer = web.get(file["link"])

    assert answer.status_code == 409
    assert "not the file that was made" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["books/{}/manifest", "books/x", "parts/x", "Books/{}/x"])
def test_no_job_writes_among_books(web: httpx.Client, name: str):
    """A token lets nobody put his audio, or a result, where a book has its own."""
    name = name.format("0" * 32)
    answer = web.post("/v1/jobs", json={"text": "Mine.", "output_name": name, "overwrite": True})

    assert answer.status_code == 422
    assert answer.json()["field"] == "output_name"
