"""Documents, container files and shell scripts name only files and modules that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in (
        *(
            "*.md",
            "docs/**/*.md",
            "Dockerfile",
            "docker-compose.yml",
            ".env.example",
            "deploy/**/*",
        ),
        *("scripts/check", "scripts/test", "scripts/quickstart", "scripts/environment.sh"),
        *("scripts/container_check", "tests/containers/check", ".ci/*"),
    )
    for path in ROOT.glob(pattern)
    if path.is_file() and path.name != "CHANGELOG.md"
)
TOPS = "jobs|worker|scripts|tests|docs|deploy"
FILE = re.compile(rf"(?<![\w./$~-])(?:{TOPS})/[\w./*-]+")
MODULE = re.compile(
    rf"(?:-m |`|[\"' =:])((?:{TOPS})(?:\.(?!(?:json|lua|md|py|toml|yaml)\b)[a-z_]\w*)+)"
)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[\w-]*)?\)|(?:src|srcset)=\"(?!https?:)([^\"]*)\"")
PLACEHOLDER = re.compile(r"[A-Z]{4,}(?!\.md)")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_names_is_there(name: str) -> None:
    """Each path from the root of the tree, and each module by its dots."""
    missing = [path for path in _named(ROOT / name) if not _is_there(path)]

    assert missing == []


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.endswith(".md")])
def test_every_link_leads_somewhere(name: str) -> None:
    """To a file beside the document, and to a heading in it where one is named."""
    document = ROOT / name
    text = CODE.sub("", document.read_text(encoding="utf-8"))
    lost = []
    for path, heading, picture in LINK.findall(text):
        target = document.parent / (path or picture) if path or picture else document
        if not target.exists() or (heading and heading not in _headings(target)):
            lost.append(path + heading + picture)

    assert lost == []


def _headings(document: Path) -> set[str]:
    """Return the anchors of a page, made as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {"#" + re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _named(document: Path) -> Iterator[str]:
    text = document.read_text(encoding="utf-8")
    for found in FILE.findall(text):
        if not PLACEHOLDER.search(found):
            yield found.rstrip(".-")
    for found in MODULE.findall(text):
        yield found.replace(".", "/")


def _is_there(path: str) -> bool:
    """Tell whether it is a file, a folder, a module, or a name in a module."""
    place = ROOT / path
    return (
        place.exists()
        or any(ROOT.glob(path))
        or place.with_suffix(".py").exists()
        or place.parent.with_suffix(".py").exists()
    )
