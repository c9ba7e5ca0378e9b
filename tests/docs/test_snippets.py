"""Every command and program of README.md and docs/ does what it says, in the order it stands."""

from __future__ import annotations

import ast
import socket
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.builders.epubs import chapter, write_epub
from tests.builders.pdfs import TOP, Put, make_pdf, set_lines
from tests.conftest import ROOT
from tests.docs.snippets import Person, Snippet, clean_home, find_snippets, split_commands

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SNIPPETS = [snippet for document in DOCUMENTS for snippet in find_snippets(document)]
NEEDS = frozenset({"needs-cluster", "needs-docker", "needs-index", "needs-redis", "part"})
"""What these tests have not: Kubernetes, Docker, an index of packages, a Redis of
one's own; a part of a program goes into one of the reader's."""

RUN = [
    document
    for document in DOCUMENTS
    if any(not snippet.need for snippet in SNIPPETS if ROOT / snippet.document == document)
]


def _name(snippet: Snippet) -> str:
    return f"{snippet.document}:{snippet.line}"


@pytest.mark.parametrize("snippet", SNIPPETS, ids=_name)
def test_a_snippet_is_well_formed(snippet: Snippet):
    """The shell or Python can read it, and what it needs is one of the things that we know."""
    assert snippet.need in NEEDS | {""}
    if snippet.language == "python":
        ast.parse(textwrap.dedent(snippet.code))
    else:
        done = subprocess.run(["bash", "-n"], input=snippet.code, text=True, check=False)
        assert done.returncode == 0


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.parametrize("document", RUN, ids=lambda path: path.name)
def test_a_document_works_from_top_to_bottom(document: Path, tmp_path: Path, model: Path):
    """From an empty home, each block is typed after the one before it, none is left out."""
    desk = tmp_path / "desk"
    desk.mkdir()
    _lay_out(desk)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = clean_home(tmp_path, model) | {"KTTS_WEB_PORT": str(port)}
    person = Person(desk, home, port)
    try:
        for snippet in find_snippets(document):
            if snippet.need:
                continue
            if snippet.language == "python":
                person.run_program(snippet.code)
            else:
                for command in split_commands(snippet.code):
                    person.type(command)
    finally:
        person.leave()


def _lay_out(desk: Path) -> None:
    """Put the files on the desk that the documents speak of."""
    pages = {
        f"{number}.xhtml": chapter(f"Chapter {number}", f"It rained on day {number}, Ukridge said.")
        for number in range(1, 9)
    }
    (desk / "books").mkdir()
    for name in ("book.epub", "play.epub", "books/other.epub"):
        write_epub(desk / name, pages)
    # No line comes twice, or it would be taken for one that heads every page.
    weather = ["rain", "snow", "hail", "wind", "mist", "frost", "sun", "thunder"]
    leaves = [
        [
            Put(sky.title(), 200, TOP, 16),
            *set_lines([f"For many weeks nobody had seen {sky}."], top=TOP - 40),
        ]
        for sky in weather
    ]
    outline = [(sky.title(), page, TOP + 20) for page, sky in enumerate(weather)]
    (desk / "book.pdf").write_bytes(make_pdf(leaves, outline=outline))
    (desk / "chapters").mkdir()
    for name in ("chapter.txt", "chapters/one.txt", "chapters/two.txt", "lines.txt"):
        (desk / name).write_text(f"This is what stands in {name}.\n")
    (desk / "roles.toml").write_text('Lane = "bm_lewis"\n"Lady Bracknell" = "bf_emma"\n')
    (desk / "words.toml").write_text('[en]\nUkridge = "ˈjukɹɪʤ"\n', encoding="utf-8")
