"""Makes PDFs by hand, in a typewriter's font, so that every place in them is known."""

from __future__ import annotations

import math
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
    font: str = "F"
    """`G` is the font whose letters stand for others."""
    degrees: float = 0
    """How far it is turned to the left."""
    ink: str = "0 g 0 Tr"
    """Operators for its color and for how it is drawn."""
    layer: str = ""
    """Name of its optional content, which is off if the name ends with ``off``."""


INVISIBLE, WHITE = "3 Tr", "1 g 0 Tr"


@dataclass(frozen=True)
class Box:
    """A filled rectangle; it is drawn below the text that follows."""

    x: float
    y: float
    width: float
    height: float
    ink: str = "0 0 0.5 rg"


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
    pages: Sequence[Sequence[Put | Box]],
    *,
    info: dict[str, str] | None = None,
    outline: Sequence[tuple[str, int, float]] = (),
    language: str = "",
    letters: dict[str, str] | None = None,
    page_facts: str = "",
    is_locked: bool = False,
) -> bytes:
    """Return a PDF.

    Args:
        pages: What stands on each.
        info: Title, Author and so on.
        outline: Bookmarks: title, page from 0, points from the bottom.
        language: Of the document.
        letters: What the letters of the second font are said to be.
        page_facts: Further entries of each page, such as ``/Rotate 90``.
        is_locked: It asks for a password that nobody has.
    """
    first_page = 5
    objects = {
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"
    }
    second = ""
    if letters:
        number = first_page + 2 * len(pages)
        objects |= _make_second_font(letters, number)
        second = f"/G {number} 0 R"
    names = sorted({each.layer for page in pages for each in page if isinstance(each, Put)} - {""})
    free = max(first_page + 2 * len(pages), *(at + 1 for at in objects))
    layers = {name: free + at for at, name in enumerate(names)}
    objects |= {at: f"<< /Type /OCG /Name ({name}) >>".encode() for name, at in layers.items()}
    properties = " ".join(f"/{name} {at} 0 R" for name, at in layers.items())
    kids = " ".join(f"{first_page + 2 * at} 0 R" for at in range(len(pages)))
    objects[2] = f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()
    for at, page in enumerate(pages):
        content = b"\n".join(_show(put) for put in page)
        objects[first_page + 2 * at] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {page_facts} "
            f"/Resources << /Font << /F 3 0 R {second} >> /Properties << {properties} >> >> "
            f"/Contents {first_page + 2 * at + 1} 0 R >>"
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
    if layers:
        off = " ".join(f"{at} 0 R" for name, at in layers.items() if name.endswith("off"))
        every = " ".join(f"{at} 0 R" for at in layers.values())
        catalog += f" /OCProperties << /OCGs [{every}] /D << /OFF [{off}] >> >>"
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


def make_columns(columns: Sequence[str]) -> bytes:
    """Return a PDF of one page of Japanese: columns from the right to the left."""
    shown = [
        f"BT /F 12 Tf 1 0 0 1 {WIDTH - 60 - 20 * at} {TOP} Tm <{column.encode('utf-16-be').hex()}>"
        " Tj ET"
        for at, column in enumerate(columns)
    ]
    content = "\n".join(shown)
    face = "/BaseFont /Ryumin-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1)"
    objects = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: "<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        3: "<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light-UniJIS-UTF16-V"
        " /Encoding /UniJIS-UTF16-V /DescendantFonts [7 0 R] >>",
        4: "<< >>",
        5: f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}]"
        " /Resources << /Font << /F 3 0 R >> >> /Contents 6 0 R >>",
        6: f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        7: f"<< /Type /Font /Subtype /CIDFontType0 {face} /Supplement 6 >>"
        " /FontDescriptor 8 0 R /DW 1000 >>",
        8: "<< /Type /FontDescriptor /FontName /Ryumin-Light /Flags 6 /StemV 80 /ItalicAngle 0"
        " /FontBBox [0 -120 1000 880] /Ascent 880 /Descent -120 /CapHeight 700 >>",
    }
    return _write({number: body.encode() for number, body in objects.items()}, "")


def _show(put: Put | Box) -> bytes:
    if isinstance(put, Box):
        area = f"{put.x:g} {put.y:g} {put.width:g} {put.height:g}"
        return f"{put.ink} {area} re f".encode()
    escaped = put.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    turn = math.radians(put.degrees)
    cosine, sine = math.cos(turn), math.sin(turn)
    place = f"{cosine:.4f} {sine:.4f} {-sine:.4f} {cosine:.4f} {put.x:g} {put.y:g} Tm"
    head = f"BT {put.ink} /{put.font} {put.size:g} Tf {place} ("
    shown = head.encode() + escaped.encode("cp1252") + b") Tj ET"
    return b"/OC /%s BDC %s EMC" % (put.layer.encode(), shown) if put.layer else shown


def _make_second_font(letters: dict[str, str], number: int) -> dict[int, bytes]:
    """Return the same typewriter's font with a table of what its letters are."""
    said = {code: letters.get(chr(code), chr(code)) for code in range(32, 127)}
    pairs = [
        f"<{code:02x}> <{text.encode('utf-16-be', 'surrogatepass').hex()}>"
        for code, text in said.items()
    ]
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2"
        " def 1 begincodespacerange <00> <ff> endcodespacerange "
        f"{len(pairs)} beginbfchar {' '.join(pairs)} endbfchar endcmap end end"
    ).encode()
    font = "/Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding"
    return {
        number: f"<< {font} /ToUnicode {number + 1} 0 R >>".encode(),
        number + 1: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(table), table),
    }


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
