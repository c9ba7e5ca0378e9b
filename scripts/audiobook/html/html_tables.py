"""Turns a table into sentences: one per row, its cells separated by commas, with column names."""

from collections.abc import Callable

from lxml.etree import _Element as Element

from scripts.audiobook.html.elements import meanings_of, tag_of

MIN_COLUMNS = 2
"""A table with fewer only frames a text."""
MAX_SPEAKER_WORDS = 5
_PROSE_NAMES = "h1 h2 h3 h4 h5 h6 ul ol dl table blockquote section figure pre hr"
_PROSE_TAGS = frozenset(_PROSE_NAMES.split())


def read_rows(table: Element, read_cell: Callable[[Element], str]) -> list[tuple[Element, str]]:
    """Return the rows with their text; none for a table that only arranges paragraphs on the page.

    Args:
        table: The table element.
        read_cell: Returns the text to speak for a cell, on one line.
    """
    rows = [row for row in table.iterdescendants() if tag_of(row) == "tr"]
    cells = [[cell for cell in row if tag_of(cell) in {"td", "th"}] for row in rows]
    if _is_layout(table, cells):
        return []
    names = [read_cell(cell) for cell in _name_cells(cells)]
    if not names and (speeches := _read_speeches([list(map(read_cell, row)) for row in cells])):
        return [pair for pair in zip(rows, speeches, strict=True) if pair[1]]
    spoken = (
        _join_cells([read_cell(cell) for cell in row], _names_for(row, names))
        for row in (cells[1:] if names else cells)
    )
    return [pair for pair in zip(rows[bool(names) :], spoken, strict=True) if pair[1]]


def _read_speeches(rows: list[list[str]]) -> list[str]:
    """Return the rows of a play, a stop between speaker and speech; none if they are no play."""
    rows = [[text for text in row if text] for row in rows]
    pairs = [row for row in rows if len(row) == MIN_COLUMNS]
    fit = sum(_is_speech(*pair) for pair in pairs)
    if not pairs or 2 * fit <= len(pairs) or any(len(row) > MIN_COLUMNS for row in rows):
        return []
    return [
        f"{row[0].rstrip('.:')}. {row[1]}" if len(row) == MIN_COLUMNS else " ".join(row)
        for row in rows
    ]


def _is_speech(speaker: str, speech: str) -> bool:
    is_name = len(speaker.split()) <= MAX_SPEAKER_WORDS and speaker[:1].isupper()
    is_name = is_name and not any(map(str.isdigit, speaker))
    return is_name and speech[-1] in '.!?…。！？)]”’"—-–'


def _is_layout(table: Element, rows: list[list[Element]]) -> bool:
    if meanings_of(table) & {"presentation", "none"}:
        return True
    if max(map(len, rows), default=0) < MIN_COLUMNS:
        return True
    return any(_is_prose(cell) for row in rows for cell in row)


def _is_prose(cell: Element) -> bool:
    tags = [tag_of(inner) for inner in cell.iterdescendants()]
    return tags.count("p") > 1 or not _PROSE_TAGS.isdisjoint(tags)


def _name_cells(rows: list[list[Element]]) -> list[Element]:
    """Return the first row if it holds only headers and every cell belongs to one column."""
    if not rows or any(tag_of(cell) != "th" for cell in rows[0]):
        return []
    widths = {len(row) for row in rows if row}
    has_spans = any(cell.get("colspan") or cell.get("rowspan") for row in rows for cell in row)
    if len(rows) == 1 or len(widths) != 1 or has_spans:
        return []
    return rows[0]


def _names_for(row: list[Element], names: list[str]) -> list[str]:
    """Return the name of each cell; the first has none, because its row is about it."""
    if not names:
        return [""] * len(row)
    columns = zip(row, ["", *names[1:]], strict=True)
    return ["" if tag_of(cell) == "th" else name for cell, name in columns]


def _join_cells(cells: list[str], names: list[str]) -> str:
    spoken = [
        f"{name}: {text}" if name else text for text, name in zip(cells, names, strict=True) if text
    ]
    joined = ", ".join(text.rstrip(",;") for text in spoken)
    return joined if not joined or joined[-1] in ".!?…。！？" else f"{joined}."
