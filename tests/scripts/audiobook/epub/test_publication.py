"""What a library shows of a book: year, description, publisher, series."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.audiobook.book import Publication
from scripts.audiobook.epub.read_epub import read_epub
from tests.builders.epubs import METADATA_2, METADATA_3, chapter, write_epub

COMMON = (
    "<dc:publisher>Small Press</dc:publisher><dc:description>&lt;p&gt;A &lt;b&gt;short&lt;/b&gt;"
    " tale &amp;amp; more.&lt;/p&gt;&lt;p&gt;Truly.&lt;/p&gt;</dc:description>"
)
CALIBRE = (
    '<meta name="calibre:series" content="The Coast"/>'
    '<meta name="calibre:series_index" content="2.0"/>'
)
COLLECTION = (
    '<meta property="belongs-to-collection" id="c">The Coast</meta>'
    '<meta refines="#c" property="collection-type">series</meta>'
    '<meta refines="#c" property="group-position">2.5</meta>'
)


@pytest.mark.parametrize(
    ("version", "more", "part"), [(2, CALIBRE, "2"), (3, COLLECTION, "2.5"), (3, CALIBRE, "2")]
)
def test_both_versions_give_the_publication(
    tmp_path: Path, version: int, more: str, part: str
) -> None:
    """The description has no markup; a translator is no author."""
    metadata = (METADATA_3 if version == 3 else METADATA_2) + COMMON + more
    metadata += "<dc:date>1999-05-04T00:00:00+00:00</dc:date>"
    pages = {"a.xhtml": chapter("One", "It rained.")}

    book = read_epub(write_epub(tmp_path / "b.epub", pages, version=version, metadata=metadata))

    assert book.publication == Publication(
        "1999", "A short tale & more. Truly.", "Small Press", "The Coast", part
    )


def test_the_date_of_publication_counts_before_that_of_the_file(tmp_path: Path) -> None:
    """EPUB 2 may state several."""
    dates = "".join(
        f'<dc:date xmlns:opf="http://www.idpf.org/2007/opf" opf:event="{event}">{year}</dc:date>'
        for event, year in (("modification", 2020), ("publication", 1905), ("creation", 2003))
    )
    pages = {"a.xhtml": chapter("One", "It rained.")}

    path = write_epub(tmp_path / "b.epub", pages, version=2, metadata=METADATA_2 + dates)

    assert read_epub(path).publication.year == "1905"


@pytest.mark.parametrize("title", ["10811.exe", "Untitled", "novel final.docx", "unknown"])
def test_what_a_program_left_is_no_title(tmp_path: Path, title: str) -> None:
    """The file's name is a better one."""
    pages = {"a.xhtml": chapter("One", "It rained.")}
    metadata = METADATA_3.replace("A Small Book", title)

    assert read_epub(write_epub(tmp_path / "b.epub", pages, metadata=metadata)).title == "b"
