"""Turns a page of EPUB 2 (XHTML 1.1) into one of EPUB 3: what HTML has no more becomes style."""

import html
import re
from collections.abc import Callable, Iterator

from scripts.audiobook.html.parse import read_declared
from scripts.audiobook.read_along.markup_source import (
    DOCTYPE,
    MarkupElement,
    apply_edits,
    read_attributes,
    scan_markup,
    write_attributes,
)

_NAMED = re.compile(r"&([A-Za-z][\w.:-]{0,40});")
_KEPT_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_SIZES = ("", "x-small", "small", "medium", "large", "x-large", "xx-large", "xx-large")
_ELEMENTS = {
    "acronym": ("abbr", ""),
    "big": ("span", "font-size: larger"),
    "center": ("div", "text-align: center"),
    "dir": ("ul", ""),
    "font": ("span", ""),
    "strike": ("s", ""),
    "tt": ("span", "font-family: monospace"),
}
"""Name and style of what takes the place of an element that HTML has no more."""
_ALIGNED = frozenset({"table", "img", "hr"})
_SIZED = frozenset({"img.width", "img.height"})


def _length(value: str) -> str:
    value = value.strip()
    return f"{value}px" if value.isdecimal() else value


_STYLES: dict[str, Callable[[str], str]] = {
    "bgcolor": lambda value: f"background-color: {value}",
    "clear": lambda value: f"clear: {'both' if value == 'all' else value}",
    "color": lambda value: f"color: {value}",
    "face": lambda value: f"font-family: {value}",
    "height": lambda value: f"height: {_length(value)}",
    "hspace": lambda value: f"margin-left: {_length(value)}; margin-right: {_length(value)}",
    "nowrap": lambda _: "white-space: nowrap",
    "text": lambda value: f"color: {value}",
    "valign": lambda value: f"vertical-align: {value}",
    "vspace": lambda value: f"margin-top: {_length(value)}; margin-bottom: {_length(value)}",
    "width": lambda value: f"width: {_length(value)}",
}
"""What an attribute becomes; width and height of pictures stay if they are whole numbers."""
_DROPPED_NAMES = (
    "abbr alink axis background border cellpadding cellspacing char charoff charset classid"
    " codebase codetype compact coords datetime frame frameborder language link longdesc"
    " marginheight marginwidth noshade profile rev rules scheme scope shape size start summary"
    " target type valuetype version vlink"
)
_DROPPED = frozenset(_DROPPED_NAMES.split())
_KEPT_NAMES = (
    "area.shape area.coords blockquote.cite button.type del.datetime embed.height embed.type"
    " embed.width iframe.height iframe.width input.size input.type ins.datetime link.type"
    " object.height object.type object.width ol.start ol.type script.charset script.type"
    " select.size source.type style.type td.abbr th.abbr th.scope a.target a.type video.height"
    " video.width canvas.height canvas.width time.datetime"
)
_KEPT = frozenset(_KEPT_NAMES.split())


def lift_page(source: str, name: str) -> str:
    """Return a page as EPUB 3 wants it; one that is not well-formed as it was.

    Raises:
        InputError: it declares entities that could grow.
    """
    elements = scan_markup(source)
    if elements is None or elements[0].tag != "html":
        return source
    declared = read_declared(source, name)
    edits = list(_edit_elements(source, elements))
    source = apply_edits(source, edits)
    source = DOCTYPE.sub("<!DOCTYPE html>", source, count=1)
    if "<!DOCTYPE html>" not in source:
        source = source.replace("<html", "<!DOCTYPE html>\n<html", 1)

    def expand(found: re.Match[str]) -> str:
        if found[1] in _KEPT_ENTITIES:
            return found[0]
        return html.escape(declared.get(found[1], html.unescape(found[0])), quote=False)

    return _NAMED.sub(expand, source)


def _edit_elements(source: str, elements: list[MarkupElement]) -> Iterator[tuple[int, int, str]]:
    ids = {value for each in elements for key, value in _attributes(source, each) if key == "id"}
    head = next((each for each in elements if each.tag == "head"), None)
    foreign_end = 0
    counted = {id(child) for each in elements if each.tag == "ol" for child in each.children}
    for element in elements:
        if element.start < foreign_end:
            continue
        if element.tag in {"svg", "math"}:
            foreign_end = element.end
            continue
        if element.tag == "meta" and _is_old_meta(source, element):
            yield element.start, element.end, ""
            continue
        stated = attributes = dict(_attributes(source, element))
        if element.tag == "li" and id(element) not in counted:
            attributes = {name: value for name, value in stated.items() if name != "value"}
        new_tag, style = _ELEMENTS.get(element.tag, (element.tag, ""))
        lifted = _lift_attributes(element.tag, attributes, style, ids)
        if lifted != stated or new_tag != element.tag:
            changed = MarkupElement(
                element.prefix + new_tag, element.start, element.inner_start, element.inner_end
            )
            yield element.start, element.inner_start, write_attributes(source, changed, lifted)
            if new_tag != element.tag and element.end > element.inner_end:
                yield element.inner_end, element.end, f"</{changed.name}>"
    if head is not None and not any(each.tag == "title" for each in elements):
        yield head.inner_end, head.inner_end, f"<{head.prefix}title>—</{head.prefix}title>"


def _attributes(source: str, element: MarkupElement) -> Iterator[tuple[str, str]]:
    yield from read_attributes(source, element).items()


def _is_old_meta(source: str, element: MarkupElement) -> bool:
    """Return whether a ``meta`` says what the package or the encoding says already."""
    attributes = {name.lower(): value for name, value in _attributes(source, element)}
    return "http-equiv" in attributes or "name" not in attributes


def _lift_attributes(
    tag: str, attributes: dict[str, str], style: str, ids: set[str]
) -> dict[str, str]:
    lifted: dict[str, str] = {}
    styles = [style] if style else []
    for name, value in attributes.items():
        if f"{tag}.{name}" in _KEPT or (f"{tag}.{name}" in _SIZED and value.isdecimal()):
            lifted[name] = value
        elif f"{tag}.{name}" == "a.name":
            if "id" not in attributes and value not in ids and not re.search(r"\s", value):
                ids.add(value)
                lifted["id"] = value
        elif looks := _style_of(tag, name, value):
            styles.append(looks)
        elif name not in _DROPPED and "xsi" not in name.split(":"):
            lifted[name] = value
    if styles:
        before = lifted.get("style", "").rstrip("; ")
        lifted["style"] = "; ".join(filter(None, [*styles, before]))
    return lifted


def _style_of(tag: str, name: str, value: str) -> str:
    """Return the style that takes the place of an attribute; empty if none does."""
    if name == "align":
        return _align(tag, value)
    if tag == "font" and name == "size":
        is_known = value.isdecimal() and int(value) < len(_SIZES)
        return f"font-size: {_SIZES[int(value)]}" if is_known else ""
    return _STYLES[name](value) if name in _STYLES else ""


def _align(tag: str, value: str) -> str:
    value = value.lower()
    if tag not in _ALIGNED:
        return f"text-align: {value}"
    if value == "center":
        return "margin-left: auto; margin-right: auto"
    return f"float: {value}" if value in {"left", "right"} else f"vertical-align: {value}"
