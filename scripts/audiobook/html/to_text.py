"""Turns a parsed page into the blocks that are spoken.

All visible text is spoken in order, except notes and their marks, page numbers, navigation and
pictures. A table is spoken row by row, a list item by item. If the ruby text of Japanese characters
is kana, it replaces them; other ruby text is left out.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from lxml.etree import _Element as Element

from scripts.audiobook.blocks import (
    MIN_VERSE_LINES,
    Block,
    TextNode,
    clean_line,
    drop_addresses,
    is_open,
    is_verse,
    join_verse,
    merge_nodes,
)
from scripts.audiobook.html.block_style import BlockStyle, is_break, is_line, style_of
from scripts.audiobook.html.elements import anchors_of, is_block, tag_of, text_of
from scripts.audiobook.html.formulas import is_placeholder, say_formula
from scripts.audiobook.html.html_tables import read_rows
from scripts.audiobook.html.initials import join_initials, read_initial
from scripts.audiobook.html.list_numbers import number_items
from scripts.audiobook.html.notes import is_bare_mark, is_code, is_silent, is_speaker
from scripts.audiobook.html.notes import is_note as is_note_by_its_looks
from scripts.audiobook.outline.headings import read_heading

SHORT_LINE_CHARACTERS = 60
"""Line breaks are kept if all lines are at most this long; longer ones are wrapped prose."""
GAP_SHARE = 5
"""Empty paragraphs are scene breaks only if there are this many times more with text."""
_WHITESPACE = re.compile(r"\s+")
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*")
_ORNAMENT = re.compile(r"[\s*⁂⁎⁑—–―_~•·∙●○◦◆◇◊■□▪▫★☆✦✧✩✴✶✻✽✾❀❁❃❄❖❦❧☙§#=+-]+")
_NOTE_NUMBER = re.compile(
    r"^\W*(?:\d{1,4}|[*†‡§¶]{1,4})(?:[\])}]|[.:](?=\s)|(?=\s))[.:]?\s+|\s*[↩↑]\ufe0e?$"
)
"""The number before a note, and the arrow after it that leads back."""
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa][\u3040-\u30ff\s]*")


def speak_tree(
    root: Element,
    *,
    is_note: Callable[[Element], bool] = is_note_by_its_looks,
    has_nodes: bool = False,
) -> list[Block]:
    """Return the blocks to speak, in order.

    Args:
        root: Root of the page, or any element in it.
        is_note: Returns whether an element is a note or a note's mark; its content is skipped.
        has_nodes: Tell of each block the nodes that it comes from.

    Returns:
        Blocks with text, breaks, an empty paragraph if anchors come after all text, and at last
        the footnotes.
    """
    collector = _TextCollector(is_note, has_nodes=has_nodes)
    collector.speak(root, BlockStyle())
    return collector.finish()


class _TextCollector:
    """Walks a page and collects the text of the current paragraph."""

    def __init__(self, is_note: Callable[[Element], bool], *, has_nodes: bool) -> None:
        self._is_note = is_note
        self._has_nodes = has_nodes
        self._nodes: list[TextNode] = []
        self._blocks: list[Block] = []
        self._fragments: list[str] = []
        self._anchors: list[str] = []
        self._prefix = ""
        self._gaps: list[int] = []
        self._footnotes: list[Block] = []
        self._special = {
            "img": self._speak_picture,
            "math": self._speak_formula,
            "pre": self._speak_preformatted,
            "q": self._speak_quotation,
            "ruby": self._speak_ruby,
            "sup": self._speak_raised,
            "table": self._speak_table,
        }

    def finish(self) -> list[Block]:
        """Return the blocks of all elements walked."""
        self._flush(BlockStyle())
        if self._anchors:
            self._blocks.append(Block("paragraph", "", anchors=tuple(self._anchors)))
        self._join_verse()
        spoken = sum(1 for block in self._blocks if block.text)
        if len(self._gaps) * GAP_SHARE <= spoken:
            for offset, index in enumerate(self._gaps):
                self._blocks.insert(index + offset, Block("break", ""))
        return [*join_initials(self._blocks), *self._footnotes]

    def speak(self, element: Element, style: BlockStyle) -> None:
        """Add an element and its content, but not the text that follows it."""
        self._anchors.extend(anchors_of(element))
        if is_silent(element):
            return
        if self._is_note(element):
            self._keep_footnote(element)
            return
        tag = tag_of(element)
        if tag == "br":
            self._fragments.append("\n")
        elif is_break(element):
            self._flush(style)
            self._add(Block("break", ""))
        elif speak := self._special.get(tag):
            speak(element, style)
        elif is_block(element):
            self._speak_block(element, style)
        else:
            self._speak_inside(element, style)
            if is_speaker(element):
                self._fragments.append(". ")

    def _keep_footnote(self, element: Element) -> None:
        """Keep the paragraphs of a note, but not its mark in the text, its number and headings."""
        if tag_of(element) in {"a", "sup"}:
            return
        inside = speak_tree(
            element,
            is_note=lambda inner: inner is not element and _is_mark_of_note(inner),
            has_nodes=self._has_nodes,
        )
        for block in inside:
            text = _NOTE_NUMBER.sub("", block.text) if block.kind != "heading" else ""
            if any(map(str.isalpha, text)):
                self._footnotes.append(replace(block, text="", footnote=text, anchors=()))

    def _speak_formula(self, element: Element, _style: BlockStyle) -> None:
        self._fragments.append(say_formula(element))

    def _speak_quotation(self, element: Element, style: BlockStyle) -> None:
        self._fragments.append("“")
        self._speak_inside(element, style)
        self._fragments.append("”")

    def _speak_raised(self, element: Element, style: BlockStyle) -> None:
        if not is_bare_mark(element, "".join(self._fragments[-2:])):
            self._speak_inside(element, style)

    def _speak_preformatted(self, element: Element, style: BlockStyle) -> None:
        if is_code(element):
            self._flush(style)
            self._add(Block("code", ""))
        else:
            self._speak_block(element, style)

    def _speak_table(self, element: Element, style: BlockStyle) -> None:
        if rows := read_rows(element, self._read_cell):
            self._speak_rows(element, rows, style)
        else:
            self._speak_block(element, style)

    def _speak_block(self, element: Element, style: BlockStyle) -> None:
        if is_line(element, style):
            self._end_line()
            self._speak_inside(element, style)
            self._end_line()
            return
        self._flush(style)
        inner = style_of(element, style)
        count = len(self._blocks)
        self._speak_inside(element, inner)
        self._flush(inner)
        if tag_of(element) == "p" and len(self._blocks) == count and not len(element):
            self._gaps.append(count)

    def _speak_inside(self, element: Element, style: BlockStyle) -> None:
        prefixes = number_items(element)
        self._add_text(element, style)
        for child in element:
            if tag_of(child) == "li":
                self._flush(style)
                self._prefix = prefixes.get(child, "")
            self.speak(child, style)
            if tag_of(child) == "li":
                self._prefix = ""  # the whole item was a note
            self._add_text(child, style, is_tail=True)

    def _add_text(self, element: Element, style: BlockStyle, *, is_tail: bool = False) -> None:
        if text := element.tail if is_tail else element.text:
            if self._has_nodes:
                self._nodes.append((element, is_tail))
            self._fragments.append(text if style.is_preformatted else _WHITESPACE.sub(" ", text))

    def _speak_picture(self, element: Element, style: BlockStyle) -> None:
        # A picture of an initial belongs to its word; a pictured heading has no other text.
        if initial := read_initial(element):
            self._fragments.append(initial)
        elif style.kind == "heading" and not text_of(element.getparent()):
            alternative = clean_line(element.get("alt") or "")
            self._fragments.append("" if is_placeholder(alternative) else alternative)

    def _speak_ruby(self, element: Element, style: BlockStyle) -> None:
        readings = [inner for inner in element if tag_of(inner) in {"rt", "rtc"}]
        reading = "".join(text_of(inner) for inner in readings)
        if _KANA.fullmatch(reading):
            self._fragments.append(reading)
            if self._has_nodes:
                self._nodes.extend(node for inner in readings for node in _nodes_in(inner))
            return
        self._add_text(element, style)
        for child in element:
            if child not in readings:
                self.speak(child, style)
            self._add_text(child, style, is_tail=True)

    def _speak_rows(
        self, table: Element, rows: list[tuple[Element, str]], style: BlockStyle
    ) -> None:
        self._flush(style)
        for caption in (child for child in table if tag_of(child) == "caption"):
            self.speak(caption, style)
        self._anchors.extend(
            name for inner in table.iterdescendants() for name in anchors_of(inner)
        )
        for row, text in rows:
            nodes = tuple(_nodes_in(row)) if self._has_nodes else ()
            self._add(Block("row", text, nodes=nodes))

    def _read_cell(self, cell: Element) -> str:
        blocks = speak_tree(cell, is_note=self._is_note)
        return " ".join(block.text.replace("\n", " ") for block in blocks if block.text)

    def _join_verse(self) -> None:
        """Join short paragraphs in a row that do not end as sentences do: each is a line."""
        joined: list[Block] = []
        run: list[Block] = []
        gaps = Counter(self._gaps)
        self._gaps = []
        for at, block in enumerate([*self._blocks, Block("break", "")]):
            is_line = block.kind == "paragraph" and "\n" not in block.text
            if at in gaps or not is_line:
                joined += _join_lines(run)
                run = []
            if at in gaps:
                self._gaps += [len(joined)] * gaps[at]
            (run if is_line else joined).append(block)
        self._blocks = joined[:-1]

    def _end_line(self) -> None:
        if self._fragments and self._fragments[-1] != "\n":
            self._fragments.append("\n")

    def _flush(self, style: BlockStyle) -> None:
        text = "".join(self._fragments)
        nodes = tuple(self._nodes)
        self._fragments.clear()
        self._nodes.clear()
        for paragraph in _PARAGRAPH_END.split(text.strip()):
            cleaned = (drop_addresses(clean_line(line)) for line in paragraph.split("\n"))
            lines = [line for line in cleaned if line]
            for block in _make_blocks(lines, style):
                self._add(replace(block, nodes=nodes) if nodes else block)

    def _add(self, block: Block) -> None:
        if block.text and self._prefix:
            block = replace(block, text=f"{self._prefix} {block.text}")
            self._prefix = ""
        self._blocks.append(replace(block, anchors=tuple(self._anchors)))
        self._anchors.clear()


def _is_mark_of_note(element: Element) -> bool:
    return tag_of(element) in {"a", "sup"} and is_note_by_its_looks(element)


def _nodes_in(element: Element) -> Iterator[TextNode]:
    """Yield the nodes of an element in order, without what follows it."""
    yield element, False
    for child in element:
        yield from _nodes_in(child)
        yield child, True


def _join_lines(run: list[Block]) -> list[Block]:
    lines = [block.text for block in run]
    if len(run) < MIN_VERSE_LINES or not is_verse(lines):
        return run
    # Sentences around the verse are prose; its last line may end as one.
    opened = [at for at, line in enumerate(lines) if is_open(line)]
    first, end = opened[0], opened[-1] + 2
    verse, lines = run[first:end], lines[first:end]
    anchors = tuple(name for block in verse for name in block.anchors)
    joined = replace(
        verse[0],
        kind="verse",
        text=join_verse(lines),
        anchors=anchors,
        nodes=merge_nodes(verse),
    )
    return [*run[:first], joined, *run[end:]]


def _make_blocks(lines: list[str], style: BlockStyle) -> list[Block]:
    if not lines:
        return []
    if _ORNAMENT.fullmatch(" ".join(lines)) and style.kind != "heading":
        return [Block("break", "")]
    if style.kind == "heading":
        # "Chapter 1" above "The Title" are two headings; a title on two lines is one.
        first = read_heading(lines[0])
        is_number = first is not None and not first.has_title
        parts = [lines[0], " ".join(lines[1:])] if is_number else [" ".join(lines)]
        return [Block("heading", part, style.level) for part in parts if part]
    keeps_lines = style.is_verse or style.is_preformatted
    if not keeps_lines and all(len(line) <= SHORT_LINE_CHARACTERS for line in lines):
        keeps_lines = True
    text = join_verse(lines) if keeps_lines else " ".join(lines)
    kind = "verse" if style.is_verse else style.kind
    return [Block(kind, text, language=style.language, is_quoted=style.is_quoted)]
