"""Builds EPUB 2 and 3 files as EPUBCheck wants them, and lets a test spoil what it likes."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

JPEG = b"\xff\xd8\xff\xe0" + b"a picture" * 3
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture" * 3
ENTRY_DATE = (2026, 1, 1, 0, 0, 0)

CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""

UUID = "urn:uuid:5f6c1b8e-0000-4f6b-9c3a-000000000001"
METADATA_3 = f"""<dc:identifier id="uid">{UUID}</dc:identifier>
<dc:title>A Small Book</dc:title><dc:language>en-GB</dc:language>
<dc:creator>Jane Writer</dc:creator>
<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta>"""

METADATA_2 = f"""<dc:identifier id="uid">{UUID}</dc:identifier>
<dc:title>A Small Book</dc:title><dc:language>en-GB</dc:language>
<dc:creator xmlns:opf="http://www.idpf.org/2007/opf" opf:role="aut">Jane Writer</dc:creator>"""

_DOCTYPE_2 = (
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" '
    '"http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">'
)
_MEDIA_TYPES = {
    ".css": "text/css",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".smil": "application/smil+xml",
    ".svg": "image/svg+xml",
}

Line = tuple[str, str] | tuple[str, str, Sequence["Line"]]
"""A title, where it leads, and the lines below it."""


def page(body: str, *, title: str = "A page", body_type: str = "", version: int = 3) -> str:
    """Write a page around `body`."""
    doctype = "<!DOCTYPE html>" if version == 3 else _DOCTYPE_2
    prefix = ' xmlns:epub="http://www.idpf.org/2007/ops"' if version == 3 else ""
    kind = f' epub:type="{body_type}"' if body_type else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{doctype}\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml"{prefix}><head><title>{title}</title></head>'
        f"<body{kind}>{body}</body></html>"
    )


def chapter(title: str, *paragraphs: str, version: int = 3) -> str:
    """Write a page with one heading and paragraphs of plain text."""
    spoken = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    return page(f"<h2>{escape(title)}</h2>{spoken}", title=escape(title), version=version)


def nav(lines: Sequence[Line], landmarks: str = "") -> str:
    """Write the navigation document of EPUB 3."""
    more = f'<nav epub:type="landmarks"><ol>{landmarks}</ol></nav>' if landmarks else ""
    return page(
        f'<nav epub:type="toc"><h1>Contents</h1><ol>{_nav_items(lines)}</ol></nav>{more}',
        title="Contents",
    )


def ncx(lines: Sequence[Line]) -> str:
    """Write the table of contents of EPUB 2."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><head>'
        f'<meta name="dtb:uid" content="{UUID}"/>'
        "</head><docTitle><text>A Small Book</text></docTitle>"
        f"<navMap>{_ncx_points(lines, 'p')}</navMap></ncx>"
    )


def write_epub(
    path: Path,
    pages: Mapping[str, str | bytes],
    *,
    contents: Sequence[Line] | None = (),
    version: int = 3,
    metadata: str = "",
    landmarks: str = "",
    guide: str = "",
    not_linear: Sequence[str] = (),
    properties: Mapping[str, str] | None = None,
    extra: Mapping[str, str | bytes] | None = None,
) -> Path:
    """Write a book.

    Args:
        path: Of the file.
        pages: Pages in reading order, by their names below ``EPUB/``.
        contents: Its table of contents; empty names every page by its file, None leaves it out.
        version: 2 (with an NCX) or 3 (with a navigation document).
        metadata: Elements in the place of the usual ones.
        landmarks: Items of EPUB 3's landmarks.
        guide: References of EPUB 2's guide.
        not_linear: Names of pages that stand aside.
        properties: Of files, by their names.
        extra: Further files below ``EPUB/``; one with the name of a usual file replaces it.
    """
    if contents is not None and not contents:
        contents = [(name, name) for name in pages]
    files: dict[str, str | bytes] = dict(pages)
    toc_name = "nav.xhtml" if version == 3 else "toc.ncx"
    if contents is not None:
        files[toc_name] = nav(contents, landmarks) if version == 3 else ncx(contents)
    files.update(extra or {})
    opf = _write_package(
        files,
        "".join(_write_ref(name, is_linear=name not in not_linear) for name in pages),
        version=version,
        metadata=metadata,
        guide=guide,
        properties=properties or {},
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        add_file(file, "mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        add_file(file, "META-INF/container.xml", CONTAINER)
        add_file(file, "EPUB/package.opf", files.pop("package.opf", opf))
        for name, content in files.items():
            place = name if name.startswith("META-INF/") else f"EPUB/{name}"
            add_file(file, place, content)
    return path


def add_file(
    file: zipfile.ZipFile, name: str, content: str | bytes, method: int = zipfile.ZIP_DEFLATED
) -> None:
    """Add one file with a fixed date, without the extra fields that EPUBCheck refuses."""
    info = zipfile.ZipInfo(name, ENTRY_DATE)
    info.compress_type = method
    file.writestr(info, content)


def remove_file(path: Path, name: str) -> None:
    """Take a file out of a book that lists it."""
    rename_file(path, name, "", {})


def rename_file(path: Path, name: str, new_name: str, in_package: Mapping[str, str]) -> None:
    """Give a file of a book another name, or none, and spell it in the package as `in_package`."""
    with zipfile.ZipFile(path) as file:
        contents = {each: file.read(each) for each in file.namelist()}
    data = contents.pop(name)
    for old, new in in_package.items():
        package = contents["EPUB/package.opf"].decode()
        contents["EPUB/package.opf"] = package.replace(f'href="{old}"', f'href="{new}"').encode()
    if new_name:
        contents[new_name] = data
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for each, content in contents.items():
            add_file(file, each, content)


def _write_package(
    files: Mapping[str, str | bytes],
    spine: str,
    *,
    version: int,
    metadata: str,
    guide: str,
    properties: Mapping[str, str],
) -> str:
    items = "".join(
        _write_item(name, properties.get(name, "nav" if name == "nav.xhtml" else ""))
        for name in files
        if not name.startswith("META-INF/") and name != "package.opf"
    )
    toc = ' toc="toc.ncx"' if "toc.ncx" in files else ""
    references = f"<guide>{guide}</guide>" if guide else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<package xmlns="http://www.idpf.org/2007/opf" version="{version}.0" '
        'unique-identifier="uid"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{metadata or (METADATA_3 if version == 3 else METADATA_2)}</metadata>"
        f"<manifest>{items}</manifest><spine{toc}>{spine}</spine>{references}</package>"
    )


def _write_ref(name: str, *, is_linear: bool) -> str:
    aside = "" if is_linear else ' linear="no"'
    return f'<itemref idref="{_id_of(name)}"{aside}/>'


def _write_item(name: str, properties: str) -> str:
    suffix = Path(name).suffix
    media_type = _MEDIA_TYPES.get(suffix, "application/xhtml+xml")
    if suffix == ".ncx":
        media_type = "application/x-dtbncx+xml"
    words = f' properties="{properties}"' if properties else ""
    return f'<item id="{_id_of(name)}" href="{name}" media-type="{media_type}"{words}/>'


def _id_of(name: str) -> str:
    return name.replace("/", "-").replace("%", "-").replace(" ", "-")


def _nav_items(lines: Sequence[Line]) -> str:
    items = ""
    for title, href, *below in lines:
        label = f'<a href="{href}">{title}</a>' if href else f"<span>{title}</span>"
        inner = f"<ol>{_nav_items(below[0])}</ol>" if below else ""
        items += f"<li>{label}{inner}</li>"
    return items


def _ncx_points(lines: Sequence[Line], prefix: str) -> str:
    points = ""
    for number, (title, href, *below) in enumerate(lines, 1):
        name = f"{prefix}-{number}"
        inner = _ncx_points(below[0], name) if below else ""
        points += (
            f'<navPoint id="{name}"><navLabel><text>{title}</text></navLabel>'
            f'<content src="{href}"/>{inner}</navPoint>'
        )
    return points
