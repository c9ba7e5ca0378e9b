"""Zips that are opened, and zips that are refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.audiobook.epub import zip_archive as archives
from scripts.audiobook.epub.drm import check_rights
from scripts.audiobook.epub.zip_archive import Archive, open_archive
from scripts.audiobook.html.links import PageLink, resolve_link

ENCRYPTED = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
    'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
    '<enc:EncryptionMethod Algorithm="{}"/><enc:CipherData><enc:CipherReference URI="EPUB/x"/>'
    "</enc:CipherData></enc:EncryptedData></encryption>"
)


def write_zip(path: Path, files: dict[str, str | bytes]) -> Path:
    """Write a zip with these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return path


def read_all(path: Path) -> list[bytes]:
    """Return the content of all files in a zip."""
    with open_archive(path) as archive:
        return [archive.read(name) for name in archive.names]


def test_files_are_found_as_books_spell_them(tmp_path: Path):
    """Backslashes, the wrong case and either form of an accent find the file."""
    path = write_zip(tmp_path / "a.epub", {"OPS\\One.html": "1", "OPS/caf\u00e9.html": "2"})

    with open_archive(path) as archive:
        assert archive.names == ("OPS/One.html", "OPS/caf\u00e9.html")
        assert archive.read("OPS/one.HTML") == b"1"
        assert archive.read("OPS/cafe\u0301.html") == b"2"
        assert archive.find("OPS/two.html") is None


def test_a_missing_file_is_named(tmp_path: Path):
    """The message says which file the book lacks."""
    path = write_zip(tmp_path / "a.epub", {"one": "1"})

    with open_archive(path) as archive, pytest.raises(InputError, match="lacks the file 'two'"):
        archive.read("two")


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "..\\evil", "C:\\evil"])
def test_a_name_that_points_out_is_refused(tmp_path: Path, name: str):
    """No file of a book lies beside or above it."""
    path = write_zip(tmp_path / "a.epub", {"mimetype": "x", name: "evil"})

    with pytest.raises(InputError, match="points out of it"), open_archive(path):
        pass


def test_a_zip_bomb_is_refused(tmp_path: Path):
    """A file that grows a thousandfold is not unpacked."""
    path = write_zip(tmp_path / "a.epub", {"bomb.xhtml": b" " * 9_000_000})

    with pytest.raises(InputError, match="zip bomb"), open_archive(path):
        pass


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("MAX_ENTRIES", 2, "holds 3 files"),
        ("MAX_UNPACKED_BYTES", 250, "unpack to 300 bytes"),
        ("MAX_FILE_BYTES", 99, "too large for a book"),
        ("MAX_READ_BYTES", 250, "too large for a book"),
    ],
)
def test_sizes_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, message: str
):
    """The number of files, a file, all files and all that is read have limits."""
    path = write_zip(tmp_path / "a.epub", dict.fromkeys("abc", b"x" * 100))
    monkeypatch.setattr(archives, limit, value)

    with pytest.raises(InputError, match=message):
        read_all(path)


def test_a_size_that_lies_does_no_harm(tmp_path: Path):
    """A file that holds more than the zip says is reported as damaged."""
    path = write_zip(tmp_path / "a.epub", {"one": b"x" * 1000})
    data = path.read_bytes().replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)

    with open_archive(path) as archive, pytest.raises(InputError, match="is damaged"):
        archive.read("one")


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut short"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes):
    """An empty file, another format and a download cut short get a clear line."""
    path = tmp_path / "a.epub"
    path.write_bytes(content)

    with pytest.raises(InputError, match="is no EPUB"), open_archive(path):
        pass


def test_a_zip_of_a_later_kind_is_refused(tmp_path: Path):
    """A header that asks for an unknown version of the format gets a clear line."""
    path = write_zip(tmp_path / "a.epub", {"one": b"x"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 6] = 250
    path.write_bytes(data)

    with pytest.raises(InputError, match="is no EPUB: zip file version"), open_archive(path):
        pass


def test_a_file_that_is_not_there(tmp_path: Path):
    """A misspelt name is said so; a folder cannot be read."""
    with pytest.raises(InputError, match="there is no file"), open_archive(tmp_path / "no.epub"):
        pass
    with pytest.raises(InputError, match="cannot be read"), open_archive(tmp_path):
        pass


def test_a_password_is_said_so(tmp_path: Path):
    """A zip with a password is refused, not called damaged."""
    path = write_zip(tmp_path / "a.epub", {"one": b"x"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)

    with open_archive(path) as archive, pytest.raises(InputError, match="password"):
        archive.read("one")


@pytest.mark.parametrize(
    ("files", "scheme"),
    [
        (
            {
                "META-INF/encryption.xml": ENCRYPTED.format(
                    "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
                )
            },
            "an unknown scheme",
        ),
        ({"META-INF/rights.xml": '<rights xmlns="http://ns.adobe.com/adept"/>'}, "Adobe ADEPT"),
        ({"META-INF/sinf.xml": "<fairplay/>"}, "Apple FairPlay"),
        ({"META-INF/license.lcpl": "{}"}, "Readium LCP"),
        ({"rights.xml": "<kdrm/>"}, "Kobo"),
    ],
)
def test_protected_books_are_refused(tmp_path: Path, files: dict[str, str], scheme: str):
    """The message names the scheme and says what to do."""
    path = write_zip(tmp_path / "a.epub", files)

    with (
        open_archive(path) as archive,
        pytest.raises(InputError, match=f"DRM \\({scheme}\\).*without DRM"),
    ):
        check_rights(archive)


@pytest.mark.parametrize(
    "files",
    [
        {"META-INF/encryption.xml": ENCRYPTED.format("http://www.idpf.org/2008/embedding")},
        {"META-INF/encryption.xml": ENCRYPTED.format("http://ns.adobe.com/pdf/enc#RC")},
        {"META-INF/rights.xml": "<rights>All reserved.</rights>"},
        {"META-INF/encryption.xml": "<encryption/>"},
    ],
)
def test_hidden_fonts_are_no_protection(tmp_path: Path, files: dict[str, str]):
    """Fonts that are obfuscated, and a statement of rights, leave the text to be read."""
    with open_archive(write_zip(tmp_path / "a.epub", files)) as archive:
        check_rights(archive)

        assert isinstance(archive, Archive)


@pytest.mark.parametrize(
    ("href", "link"),
    [
        ("two.xhtml", PageLink("EPUB/text/two.xhtml")),
        ("../two.xhtml#a%20b", PageLink("EPUB/two.xhtml", "a b")),
        ("a%20%C3%A9.xhtml", PageLink("EPUB/text/a é.xhtml")),
        ("./x//y.xhtml", PageLink("EPUB/text/x/y.xhtml")),
        ("..\\two.xhtml", PageLink("EPUB/two.xhtml")),
        ("/EPUB/two.xhtml", PageLink("EPUB/two.xhtml")),
        ("#here", PageLink("EPUB/text/one.xhtml", "here")),
        (" two.xhtml ", PageLink("EPUB/text/two.xhtml")),
        ("../../../etc/passwd", None),
        ("%2e%2e/%2e%2e/%2e%2e/etc/passwd", None),
        ("http://example.org/x", None),
        ("//example.org/x", None),
        ("mailto:a@example.org", None),
        ("http://[broken", None),
    ],
)
def test_links_are_resolved_within_the_book(href: str, link: PageLink | None):
    """A link leads to a file of the book, or nowhere."""
    assert resolve_link("EPUB/text/one.xhtml", href) == link


def test_a_zip_without_dates_has_a_date_all_the_same(tmp_path: Path):
    """Month and day 0 are what some programs write; EPUB takes no such date."""
    path = tmp_path / "book.zip"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(zipfile.ZipInfo("page", (1980, 0, 0, 0, 0, 0)), b"text")

    with open_archive(path) as archive:
        assert archive.modified == "1980-01-01T00:00:00Z"
