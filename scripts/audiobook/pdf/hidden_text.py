"""Finds text that a PDF's page has and that nobody sees: drawn without ink, clear, or in white."""

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

MIN_WHITE = 250
"""Least red, green and blue, of 255, of what cannot be seen on paper."""
MAX_CLEAR = 10
"""Largest opacity, of 255, of what cannot be seen."""
_MAX_DEPTH = 5
_NO_INK = {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP}


def find_hidden(page: pypdfium2.PdfPage) -> set[int]:
    """Return the addresses of the page's text objects that cannot be seen."""
    hidden: set[int] = set()
    white, shapes = [], []
    for thing, depth in walk_objects(
        page.raw, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject
    ):
        if pdfium.FPDFPageObj_GetType(thing) != pdfium.FPDF_PAGEOBJ_TEXT:
            shapes += [] if depth else [thing]
            continue
        mode = pdfium.FPDFTextObj_GetTextRenderMode(thing)
        *color, opacity = _fill_of(thing)
        if mode in _NO_INK or opacity <= MAX_CLEAR:
            hidden.add(address_of(thing))
        elif mode == pdfium.FPDF_TEXTRENDERMODE_FILL and min(color) >= MIN_WHITE and not depth:
            white.append(thing)
    grounds = [_bounds_of(shape) for shape in shapes if not _is_white(shape)] if white else []
    for thing in white:
        left, bottom, right, top = _bounds_of(thing)
        x, y = (left + right) / 2, (bottom + top) / 2
        if not any(box[0] <= x <= box[2] and box[1] <= y <= box[3] for box in grounds):
            hidden.add(address_of(thing))
    return hidden


def address_of(thing: Any) -> int:
    """Return the address of a page object: 0 for none."""
    return ctypes.addressof(thing.contents) if thing else 0


def walk_objects(
    owner: Any, count: Callable[[Any], int], get: Callable[[Any, int], Any], depth: int = 0
) -> Iterator[tuple[Any, int]]:
    """Yield the objects of a page or form, and how many forms they are in."""
    for at in range(count(owner)):
        thing = get(owner, at)
        yield thing, depth
        if depth < _MAX_DEPTH and pdfium.FPDFPageObj_GetType(thing) == pdfium.FPDF_PAGEOBJ_FORM:
            yield from walk_form(thing, depth + 1)


def walk_form(form: Any, depth: int = 1) -> Iterator[tuple[Any, int]]:
    """Yield the objects of a form, and how many forms they are in."""
    yield from walk_objects(
        form, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, depth
    )


def _is_white(shape: Any) -> bool:
    """Return whether white letters cannot be seen on a shape; it may be without a filling."""
    if pdfium.FPDFPageObj_GetType(shape) != pdfium.FPDF_PAGEOBJ_PATH:
        return False
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(shape, mode, stroke)
    return not mode.value or min(_fill_of(shape)[:3]) >= MIN_WHITE


def _fill_of(thing: Any) -> tuple[int, int, int, int]:
    """Return red, green, blue and opacity; black for a pattern."""
    parts = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(thing, *parts):
        return 0, 0, 0, 255
    red, green, blue, opacity = (part.value for part in parts)
    return red, green, blue, opacity


def _bounds_of(thing: Any) -> tuple[float, float, float, float]:
    sides = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(thing, *sides)
    left, bottom, right, top = (side.value for side in sides)
    return left, bottom, right, top
