"""Makes PDFs by hand, in a typewriter's font, so that every place in them is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 500, 700
LEFT, TOP = 50, 620
PITCH = 14
SIZE = 10
COLUMNS = 60
"""Characters that fit on a line of this size: Courier's are 0.6 of it wide."""


@dataclass(frozen=True)
class Put:
    """A piece of text at its place; points from the left and the bottom."""

    text: str
    x: float
    y: float
    size: float = SIZE


def set_lines(
    lines: Sequence[str], *, top: float = TOP, pitch: float = PITCH, left: float = LEFT
) -> list[Put]:
    """Set lines below each other; a leading space is an indent of one character."""
    put = []
    for at, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if line.strip():
            x = left + indent * 0.6 * SIZE
            put.append(Put(line.strip(), x, top - at * pitch))
    return put


def make_pdf(
    pages: Sequence[Sequence[Put]],
    *,
    info: dict[str, str] | None = None,
    outline: Sequence[tuple[str, int, float]] = (),
    language: str = "",
    is_locked: bool = False,
) -> bytes:
    """Return a PDF.

    Args:
        pages: What stands on each.
        info: Title, Author and so on.
        outline: Bookmarks: title, page from 0, points from the bottom.
        language: Of the document.
        is_locked: It asks for a password that nobody has.
    """
    first_page = 5
    objects = {
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"
    }
    kids = " ".join(f"{first_page + 2 * at} 0 R" for at in range(len(pages)))
    objects[2] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()
    for at, page in enumerate(pages):
        content = b"\n".join(_show(put) for put in page)
        objects[first_page + 2 * at] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] "
            f"/Resources << /Font << /F 3 0 R >> >> /Contents {first_page + 2 * at + 1} 0 R >>"
        ).encode()
        objects[first_page + 2 * at + 1] = b"<< /Length %d >>\nstream\n%s\nendstream" % (
            len(content),
            content,
        )
    info_text = " ".join(f"/{key} {_text(value)}" for key, value in (info or {}).items())
    objects[4] = f"<< {info_text} >>".encode()
    catalog = "<< /Type /Catalog /Pages 2 0 R"
    if language:
        catalog += f" /Lang ({language})"
    if outline:
        root = max(objects) + 1
        catalog += f" /Outlines {root} 0 R"
        objects.update(_make_outline(outline, root, first_page))
    objects[1] = f"{catalog} >>".encode()
    lock = ""
    if is_locked:
        digits = "00" * 32
        lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{digits}> /U <{digits}> >> "
    return _write(objects, lock)


def _show(put: Put) -> bytes:
    escaped = put.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    text = escaped.encode("cp1252")
    return b"BT /F %g Tf %g %g Td (%s) Tj ET" % (put.size, put.x, put.y, text)


def _text(value: str) -> str:
    return f"<feff{value.encode('utf-16-be').hex()}>"


def _make_outline(
    outline: Sequence[tuple[str, int, float]], root: int, first_page: int
) -> dict[int, bytes]:
    last = root + len(outline)
    objects = {root: f"<< /First {root + 1} 0 R /Last {last} 0 R /Count {last - root} >>".encode()}
    for number, (title, page, top) in enumerate(outline, root + 1):
        before = f"/Prev {number - 1} 0 R " if number > root + 1 else ""
        after = f"/Next {number + 1} 0 R " if number < last else ""
        place = f"/Dest [{first_page + 2 * page} 0 R /XYZ 0 {top:g} 0]"
        objects[number] = (
            f"<< /Title {_text(title)} /Parent {root} 0 R {before}{after}{place} >>"
        ).encode()
    return objects


def _write(objects: dict[int, bytes], lock: str) -> bytes:
    data = b"%PDF-1.7\n"
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for number in sorted(objects):
        data += b"%010d 00000 n \n" % places[number]
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R /ID [<00> <00>] {lock}>>"
    return data + f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()
