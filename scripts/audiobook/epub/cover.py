"""Finds the cover of an EPUB."""

import base64
import binascii
from collections.abc import Iterator
from typing import Literal

from jobs.errors import InputError
from scripts.audiobook.book import Cover
from scripts.audiobook.epub.package import EpubPackage
from scripts.audiobook.epub.zip_archive import Archive
from scripts.audiobook.html.elements import tag_of
from scripts.audiobook.html.links import resolve_link
from scripts.audiobook.html.parse import parse_page, parse_xml

_MAGIC: tuple[tuple[bytes, Literal["image/jpeg", "image/png"]], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_SVG_SUFFIX = ".svg"
_PICTURE_LINKS = ("src", "href", "{http://www.w3.org/1999/xlink}href")


def read_cover(archive: Archive, package: EpubPackage) -> Cover | None:
    """Return the cover; None if there is none that players can show.

    Of an SVG the picture that it embeds is returned.
    """
    for name in _candidates(archive, package):
        cover = _read_picture(archive, name)
        if cover:
            return cover
    return None


def _candidates(archive: Archive, package: EpubPackage) -> Iterator[str]:
    """Yield file names of pictures, the likeliest first."""
    for item in package.items:
        if "cover-image" in item.properties:
            yield item.name
    if archive.find(package.cover_id):
        yield package.cover_id
    for kind, link in package.guide:
        if kind == "cover" and archive.find(link.name):
            yield from _pictures_of(archive, link.name)
    for item in package.items:
        if item.media_type.startswith("image/") and "cover" in item.name.lower():
            yield item.name


def _pictures_of(archive: Archive, page: str) -> Iterator[str]:
    """Yield the pictures on a page; if `page` is a picture, yield it."""
    if page.lower().endswith((".jpg", ".jpeg", ".png", _SVG_SUFFIX)):
        yield page
        return
    try:
        root = parse_page(archive.read(page), page)
    except InputError:
        return  # the error is reported when the page itself is read
    for element in root.iter():
        for href in (element.get(name) for name in _PICTURE_LINKS):
            if tag_of(element) in {"img", "image"} and href:
                link = resolve_link(page, href)
                if link and archive.find(link.name):
                    yield link.name


def _read_picture(archive: Archive, name: str) -> Cover | None:
    try:
        data = archive.read(name)
    except InputError:
        return None  # the book is read without its damaged picture
    if not name.lower().endswith(_SVG_SUFFIX):
        return _make_cover(data)
    for element in parse_xml(data, name).iter():
        address = element.get(_PICTURE_LINKS[2]) or element.get("href") or ""
        if tag_of(element) == "image" and address.startswith("data:image/"):
            try:
                return _make_cover(base64.b64decode(address.partition(",")[2]))
            except binascii.Error:
                return None
    return None


def _make_cover(data: bytes) -> Cover | None:
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return Cover(data, media_type)
    return None
