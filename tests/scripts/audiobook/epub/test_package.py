"""What an EPUB says about itself."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.audiobook.book import Cover
from scripts.audiobook.epub.cover import read_cover
from scripts.audiobook.epub.package import EpubPackage, read_package
from scripts.audiobook.epub.zip_archive import open_archive
from scripts.audiobook.html.links import PageLink
from tests.builders.epubs import JPEG, METADATA_2, METADATA_3, PNG, chapter, page, write_epub

PAGES = {"one.xhtml": chapter("One", "Text."), "two.xhtml": chapter("Two", "Text.")}


def read(path: Path) -> EpubPackage:
    """Read the package of a book."""
    with open_archive(path) as archive:
        return read_package(archive)


def cover_of(path: Path) -> Cover | None:
    """Read the cover of a book."""
    with open_archive(path) as archive:
        return read_cover(archive, read_package(archive))


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_name_title_author_and_language(tmp_path: Path, version: int):
    """The same facts are found where each version keeps them."""
    package = read(write_epub(tmp_path / "a.epub", PAGES, version=version))

    assert (package.title, package.author, package.language) == (
        "A Small Book",
        "Jane Writer",
        "en-GB",
    )
    assert [item.name for item in package.spine] == ["EPUB/one.xhtml", "EPUB/two.xhtml"]
    assert (package.nav, package.ncx) == (
        ("EPUB/nav.xhtml", "") if version == 3 else ("", "EPUB/toc.ncx")
    )


def test_the_main_title_and_the_authors_are_chosen(tmp_path: Path):
    """A subtitle is no title; an illustrator is no author; several authors are all named."""
    metadata = (
        '<dc:title id="s">A Subtitle</dc:title><dc:title id="t"> The\n Title </dc:title>'
        '<meta refines="#t" property="title-type">main</meta>'
        '<dc:creator id="a">Ann A.</dc:creator><meta refines="#a" property="role">aut</meta>'
        '<dc:creator id="i">Ivy I.</dc:creator><meta refines="#i" property="role">ill</meta>'
        '<dc:creator id="b">Ben B.</dc:creator><dc:language>und</dc:language>'
        "<dc:language>pt_BR</dc:language>"
    )
    package = read(write_epub(tmp_path / "a.epub", PAGES, metadata=metadata))

    assert (package.title, package.author, package.language) == (
        "The Title",
        "Ann A., Ben B.",
        "pt-BR",
    )


def test_a_book_may_say_nothing_of_itself(tmp_path: Path):
    """Missing metadata are empty words."""
    package = read(write_epub(tmp_path / "a.epub", PAGES, metadata="<dc:x/>"))

    assert (package.title, package.author, package.language) == ("", "", "")


def test_the_reading_order_is_the_spines(tmp_path: Path):
    """Order, pages that stand aside, pages that are missing and no page twice."""
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="2.0"><manifest>'
        '<item id="a" href="two.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="b" href="./one.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="c" href="gone.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="d" href="http://example.org/x.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="e" href="x.jpg" media-type="image/jpeg"/></manifest><spine>'
        '<itemref idref="a"/><itemref idref="b" linear="no"/><itemref idref="c"/>'
        '<itemref idref="d"/><itemref idref="e"/><itemref idref="a"/><itemref idref="no"/>'
        "</spine></package>"
    )
    extra = {"package.opf": opf, "x.jpg": JPEG}
    package = read(write_epub(tmp_path / "a.epub", PAGES, contents=None, extra=extra))

    assert [(item.name, item.is_linear) for item in package.spine] == [
        ("EPUB/two.xhtml", True),
        ("EPUB/one.xhtml", False),
    ]


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("chap ter.xhtml", "chap%20ter.xhtml"),
        ("chap%20ter.xhtml", "chap%20ter.xhtml"),
        ("100%25.xhtml", "100%25.xhtml"),
        ("caf\u00e9.xhtml", "caf%C3%A9.xhtml"),
        ("caf\u00e9.xhtml", "cafe\u0301.xhtml"),
        ("Text.xhtml", "text.xhtml"),
    ],
)
def test_percent_encoded_names_are_found(tmp_path: Path, stored: str, written: str):
    """A page is found whether its name is encoded in the package, in the zip or in both."""
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="2.0"><manifest><item id="a" '
        f'href="{written}" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    pages = {stored: chapter("One", "Text.")}
    path = write_epub(tmp_path / "a.epub", pages, contents=None, extra={"package.opf": opf})

    assert [item.name for item in read(path).spine] == [f"EPUB/{stored}"]


def test_the_guide_names_places(tmp_path: Path):
    """EPUB 2's guide gives types and links."""
    guide = '<reference type="Title-Page" href="one.xhtml#x" title="t"/><reference type="toc"/>'
    package = read(write_epub(tmp_path / "a.epub", PAGES, version=2, guide=guide))

    assert package.guide == (
        ("title-page", PageLink("EPUB/one.xhtml", "x")),
        ("toc", PageLink("EPUB/package.opf")),
    )


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"package.opf": "<package/>"}, "lists no files"),
        ({"package.opf": "no markup"}, "is no XML"),
        ({"package.opf": "<package><manifest/><spine/></package>"}, "holds no page"),
        (
            {"package.opf": '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x;</p>'},
            "declares entities",
        ),
    ],
)
def test_a_damaged_package_is_refused(tmp_path: Path, extra: dict[str, str], message: str):
    """The message says what is wrong with the book."""
    path = write_epub(tmp_path / "a.epub", PAGES, extra=extra)

    with pytest.raises(InputError, match=message):
        read(path)


def test_a_zip_without_a_package_is_no_epub(tmp_path: Path):
    """A zip of anything else gets a clear line."""
    path = write_epub(tmp_path / "a.epub", {})
    data = path.read_bytes().replace(b"package.opf", b"package.xyz")
    path.write_bytes(data)

    with pytest.raises(InputError, match="is no EPUB"):
        read(path)


def test_a_lone_package_is_found_without_its_container(tmp_path: Path):
    """A book whose container file is missing is still read."""
    path = write_epub(tmp_path / "a.epub", PAGES)
    path.write_bytes(
        path.read_bytes().replace(b"META-INF/container.xml", b"META-INF/container.txt")
    )

    assert read(path).title == "A Small Book"


@pytest.mark.parametrize(
    ("version", "metadata", "properties", "guide"),
    [
        (3, METADATA_3, {"art.png": "cover-image"}, ""),
        (2, METADATA_2 + '<meta name="cover" content="art.png"/>', {}, ""),
        (2, METADATA_2, {}, '<reference type="cover" title="c" href="front.xhtml"/>'),
        (2, METADATA_2, {}, '<reference type="cover" title="c" href="art.png"/>'),
    ],
)
def test_the_cover_is_found_where_each_version_keeps_it(
    tmp_path: Path, version: int, metadata: str, properties: dict[str, str], guide: str
):
    """A property, a name in the metadata, or the picture on the guide's cover page."""
    path = write_epub(
        tmp_path / "a.epub",
        {"front.xhtml": page('<img src="art.png" alt=""/>'), **PAGES},
        version=version,
        metadata=metadata,
        properties=properties,
        guide=guide,
        extra={"art.png": PNG, "other.jpg": JPEG},
    )

    assert cover_of(path) == Cover(PNG, "image/png")


def test_a_picture_called_cover_is_the_last_resort(tmp_path: Path):
    """A book that does not say has one by its file name, or none."""
    named = write_epub(tmp_path / "a.epub", PAGES, extra={"img/Cover.jpg": JPEG})
    unnamed = write_epub(tmp_path / "b.epub", PAGES, extra={"img/map.jpg": JPEG})

    assert cover_of(named) == Cover(JPEG, "image/jpeg")
    assert cover_of(unnamed) is None


def test_a_cover_drawn_as_svg_gives_the_picture_in_it(tmp_path: Path):
    """Players show no SVG; the painting that it embeds is shown."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<image xlink:href="data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"/></svg>'
    )
    path = write_epub(
        tmp_path / "a.epub",
        PAGES,
        extra={"cover.svg": svg},
        properties={"cover.svg": "cover-image"},
    )

    assert cover_of(path) == Cover(JPEG, "image/jpeg")


@pytest.mark.parametrize("data", [b"", b"RIFF....WEBP", b"<svg"])
def test_a_cover_that_no_player_shows_is_none(tmp_path: Path, data: bytes):
    """What is neither JPEG nor PNG costs no word of the book."""
    extra = {"cover.jpg": data}
    path = write_epub(
        tmp_path / "a.epub", PAGES, extra=extra, properties={"cover.jpg": "cover-image"}
    )

    assert cover_of(path) is None
