"""Takes from a PDF's page what stands on layers that are off: optional content, as PDF calls it.

pdfium tells which objects belong to a layer, but not which layers are off. It leaves those out when
it draws, so each layer of a page is drawn alone: where nothing comes of it, it is off.
"""

import ctypes
from collections.abc import Iterable
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from scripts.audiobook.pdf.hidden_text import walk_form

MARK = "OC"
"""Marks content that belongs to a layer."""
SCALE = 0.5
"""Pixels of the drawing to a point of the page."""
GROUND = (255, 0, 255, 255)
"""Red, green, blue and opacity below what is drawn; black and white letters are seen on it."""
_MAX_NAME_UNITS = 256


def switch_off_layers(page: pypdfium2.PdfPage) -> None:
    """Take the objects of layers that are off from the page as it is open, not from its file."""
    things = [
        pdfium.FPDFPage_GetObject(page.raw, at)
        for at in range(pdfium.FPDFPage_CountObjects(page.raw))
    ]
    layers: dict[object, list[Any]] = {}
    for at, thing in enumerate(things):
        if (layer := _find_layer(thing)) is not None:
            layers.setdefault(layer or at, []).append(thing)
    if not layers:
        return
    _activate(things, is_active=False)
    nothing = _draw(page)
    off = set()
    for key, alone in layers.items():
        _activate(alone, is_active=True)
        if _draw(page) == nothing:
            off.add(key)
        _activate(alone, is_active=False)
    _activate(things, is_active=True)
    for key in off:
        _activate(layers[key], is_active=False)


def _find_layer(thing: Any) -> str | None:
    """Return the name of an object's layer; empty where it has no name, None for no layer."""
    for at in range(pdfium.FPDFPageObj_CountMarks(thing)):
        mark = pdfium.FPDFPageObj_GetMark(thing, at)
        units, size = (ctypes.c_ushort * _MAX_NAME_UNITS)(), ctypes.c_ulong()
        pdfium.FPDFPageObjMark_GetName(mark, units, ctypes.sizeof(units), size)
        if _read_units(units, size) == MARK:
            pdfium.FPDFPageObjMark_GetParamStringValue(
                mark, b"Name", units, ctypes.sizeof(units), size
            )
            return _read_units(units, size)
    # A form may belong to a layer by itself, which only the drawing tells.
    is_form = pdfium.FPDFPageObj_GetType(thing) == pdfium.FPDF_PAGEOBJ_FORM
    has_text = is_form and any(
        pdfium.FPDFPageObj_GetType(inner) == pdfium.FPDF_PAGEOBJ_TEXT
        for inner, _ in walk_form(thing)
    )
    return "" if has_text else None


def _read_units(units: "ctypes.Array[ctypes.c_ushort]", size: ctypes.c_ulong) -> str:
    """Return what pdfium has written: UTF-16 with a zero at its end."""
    return "".join(map(chr, units[: max(0, size.value // 2 - 1)]))


def _draw(page: pypdfium2.PdfPage) -> bytes:
    bitmap = page.render(scale=SCALE, fill_color=GROUND, may_draw_forms=False)
    try:
        return bytes(bitmap.buffer)
    finally:
        bitmap.close()


def _activate(things: Iterable[Any], *, is_active: bool) -> None:
    for thing in things:
        pdfium.FPDFPageObj_SetIsActive(thing, is_active)
