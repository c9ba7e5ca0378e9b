"""Reads what a library shows of an EPUB: year, description, publisher, series and part."""

import re
from collections.abc import Iterable, Sequence

from lxml import etree, html
from lxml.etree import _Element as Element

from scripts.audiobook.blocks import clean_line
from scripts.audiobook.book import Publication
from scripts.audiobook.html.elements import tag_of, text_of

MAX_DESCRIPTION_CHARACTERS = 4_000
_YEAR = re.compile(r"\b(1[0-9]{3}|20[0-9]{2})\b")
_EVENTS = ("original-publication", "publication", "", "creation")
"""Of EPUB 2's dates, the one that a reader means first."""
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)


def read_publication(metadata: Sequence[Element]) -> Publication:
    """Return what the package's metadata say."""
    series, part = _read_series(metadata)
    return Publication(
        year=_read_year(metadata),
        description=strip_markup(_first(metadata, "description")),
        publisher=clean_line(_first(metadata, "publisher")),
        series=series,
        series_part=part,
    )


def read_refinements(metadata: Iterable[Element], name: str) -> dict[str, set[str]]:
    """Return the texts of ``<meta refines="#id" property=name>`` (EPUB 3) by id."""
    found: dict[str, set[str]] = {}
    for element in metadata:
        if tag_of(element) == "meta" and element.get("property") == name:
            found.setdefault((element.get("refines") or "").lstrip("#"), set()).add(
                text_of(element)
            )
    return found


def strip_markup(text: str) -> str:
    """Return a description on one line, without tags and entities."""
    text = _BREAK.sub(" ", text[: 4 * MAX_DESCRIPTION_CHARACTERS])
    if "<" in text or "&" in text:
        try:
            text = html.fromstring(f"<div>{text}</div>").text_content()
        except etree.ParserError:
            return ""
    return clean_line(text)[:MAX_DESCRIPTION_CHARACTERS]


def _first(metadata: Iterable[Element], tag: str) -> str:
    found = ("".join(element.itertext()) for element in metadata if tag_of(element) == tag)
    return next((text for text in found if text.strip()), "")


def _read_year(metadata: Iterable[Element]) -> str:
    """Return the year of publication; the date of a conversion or change counts last."""
    dates: list[tuple[int, str]] = []
    for element in metadata:
        if tag_of(element) == "date" and (year := _YEAR.search(text_of(element))):
            events = {value for name, value in element.items() if name.endswith("event")}
            ranks = [rank for rank, event in enumerate(_EVENTS) if event in events]
            dates.append(
                (min(ranks, default=len(_EVENTS) if events else _EVENTS.index("")), year[1])
            )
    return min(dates, default=(0, ""))[1]


def _read_series(metadata: Sequence[Element]) -> tuple[str, str]:
    """Return series and part, as EPUB 3 or calibre write them."""
    kinds = read_refinements(metadata, "collection-type")
    places = read_refinements(metadata, "group-position")
    for element in metadata:
        if tag_of(element) == "meta" and element.get("property") == "belongs-to-collection":
            key = element.get("id") or ""
            if "series" in kinds.get(key, {"series"}) and text_of(element):
                return text_of(element), _number(next(iter(places.get(key, ())), ""))
    named = {
        (element.get("name") or "").removeprefix("calibre:"): clean_line(
            element.get("content") or ""
        )
        for element in metadata
        if tag_of(element) == "meta" and (element.get("name") or "").startswith("calibre:series")
    }
    series = named.get("series", "")
    return series, _number(named.get("series_index", "")) if series else ""


def _number(text: str) -> str:
    """Return ``2.0`` as ``2``; empty for what is no number."""
    found = re.fullmatch(r"(\d{1,4})(?:\.(\d{1,3}))?", text.strip())
    if found is None:
        return ""
    decimals = (found[2] or "").rstrip("0")
    return f"{int(found[1])}.{decimals}" if decimals else str(int(found[1]))
