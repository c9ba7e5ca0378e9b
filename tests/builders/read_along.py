"""Makes a read-along book of a file, spoken in tones, and reads it as a reading system does."""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree

from jobs.assembly import AssemblyRequest
from jobs.books import store
from scripts.audiobook.open_book import open_book
from scripts.audiobook.plan.choose import BookOptions
from scripts.audiobook.plan.write_manifest import PreparedBook, prepare_book
from scripts.audiobook.read_along.marked_book import place_pages
from tests.builders.finished_book import finish_parts
from worker.books.assemble import assemble_output

OPF = "{http://www.idpf.org/2007/opf}"
SMIL = "{http://www.w3.org/ns/SMIL}"
_SPAN = re.compile(r"<(?P<close>/)?(?:\w+:)?t?span\b[^>]*>")


@dataclass(frozen=True)
class Par:
    """A sentence as a reading system plays it."""

    page: str
    text: str
    audio: str
    begin: float
    end: float


def prepare(path: Path, output_dir: Path, **options: Any) -> PreparedBook:
    """Read a book and write its marked pages."""
    fields = {"format": "epub", "loudness_lufs": None} | options
    prepared = prepare_book(open_book(path), BookOptions(**fields))
    place_pages(prepared, output_dir)
    cover = prepared.cover.data if prepared.cover else None
    store.write_book(output_dir, prepared.manifest, cover)
    return prepared


def make_read_along(path: Path, output_dir: Path, **options: Any) -> Path:
    """Make the read-along book of a file; each word takes 0.4 s."""
    manifest = prepare(path, output_dir, **options).manifest
    finish_parts(output_dir, manifest)
    request = AssemblyRequest(batch_id=manifest.batch_id, output=manifest.outputs[0].name)
    result = assemble_output(
        manifest,
        manifest.outputs[0],
        job_id=request.job_id,
        output_dir=output_dir,
        execution_id="run",
        checkpoint=lambda _progress: None,
        confirm=lambda: None,
    )
    return Path(result.path)


def read_files(path: Path) -> dict[str, bytes]:
    """Return the files of a book by name."""
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def strip_spans(page: bytes) -> bytes:
    """Return a page without what was added to it."""
    text = re.sub(r'<(?:\w+:)?link [^>]*read-along.css"/>', "", page.decode())
    pieces, at = [], 0
    added: list[bool] = []
    for tag in _SPAN.finditer(text):
        if tag["close"]:
            is_added = added.pop()
        else:
            is_added = 'id="ktts' in tag[0]
            if not tag[0].endswith("/>"):
                added.append(is_added)
        if is_added:
            pieces.append(text[at : tag.start()])
            at = tag.end()
    return "".join([*pieces, text[at:]]).encode()


def spans_of(page: bytes) -> list[str]:
    """Return what stands in the spans of a page, with its markup."""
    root = etree.fromstring(page)
    found = []
    for element in root.iter():
        if str(element.get("id", "")).startswith("ktts") and "span" in element.tag:
            inner = etree.tostring(element, encoding="unicode", with_tail=False)
            inner = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", inner)
            found.append(inner.partition(">")[2].rpartition("<")[0])
    return found


def read_pars(files: dict[str, bytes]) -> list[Par]:
    """Return what is played, in the order of the spine."""
    container = etree.fromstring(files["META-INF/container.xml"])
    name = next(e.get("full-path") for e in container.iter() if e.get("full-path"))
    package = etree.fromstring(files[name])
    items = {item.get("id"): item for item in package.iter(f"{OPF}item")}
    pars = []
    for ref in package.iter(f"{OPF}itemref"):
        overlay = items[ref.get("idref")].get("media-overlay")
        if overlay:
            pars += _read_smil(files, _join(name, items[overlay].get("href")))
    return pars


def _read_smil(files: dict[str, bytes], name: str) -> list[Par]:
    pars = []
    for par in etree.fromstring(files[name]).iter(f"{SMIL}par"):
        src, fragment = par.find(f"{SMIL}text").get("src").split("#")
        page = _join(name, src)
        root = etree.fromstring(files[page])
        (element,) = root.xpath("//*[@id=$id]", id=fragment)
        audio = par.find(f"{SMIL}audio")
        assert _join(name, audio.get("src")) in files
        times = (_seconds(audio.get(key)) for key in ("clipBegin", "clipEnd"))
        text = " ".join("".join(element.itertext()).split())
        pars.append(Par(page, text, audio.get("src"), *times))
    return pars


def _join(base: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(href)))


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
