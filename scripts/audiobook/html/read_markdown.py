"""Reads Markdown as a book: its highest repeated headings begin chapters.

Code blocks, pictures, addresses and notes are not spoken; the text of a link is.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from scripts.audiobook.book import Book
from scripts.audiobook.html.parse import parse_page
from scripts.audiobook.html.read_html import describe_code, divide_page, find_title, speak_page
from scripts.audiobook.text.text_file import read_text_file

_FRONT_MATTER = re.compile(
    r"\A---[ \t]*\n(?P<fields>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE | re.DOTALL
)
_FIELD = re.compile(r"^(?P<key>\w+)[ \t]*:[ \t]*(?P<value>.*)$")
_ITEM = re.compile(r"^\s*-\s+(?:name:\s*)?(?P<value>\S.*)$")
_NOTE_MARK = re.compile(r"\[\^[^\]\s]{1,60}\](?!:)")
_NOTE = re.compile(
    r"^ {0,3}\[\^[^\]\s]{1,60}\]:.*(?:\n(?:[ \t]+\S.*|[ \t]*(?=\n[ \t]{2,}\S)))*", re.MULTILINE
)
_FORMULA = re.compile(
    r"(?<![\\$])\$\$(?!\$)[^$]{1,2000}\$\$"
    r"|(?<![\\$\w])\$(?=[^\s$])(?=[^$\n]*[\\^_{}])[^$\n]{1,300}(?<=[^\s\\])\$(?![\d$])"
)
"""TeX between dollars; between single ones only with signs that no price has."""
_ANCHOR = re.compile(r"[ \t]*\{[#.:][^{}\n]*\}[ \t]*$")


def read_markdown(path: Path) -> Book:
    """Read a Markdown file, with or without front matter.

    Raises:
        InputError: it cannot be read, is no text, or holds no text to speak.
    """
    text = read_text_file(path)
    front = _FRONT_MATTER.match(text)
    fields = _read_fields(front["fields"]) if front else {}
    page = _render(text[front.end() :] if front else text)
    root = parse_page(page.encode(), path.name)
    blocks = speak_page(root, path.name)
    title = fields.get("title") or find_title(root, blocks) or path.stem
    author = fields.get("author") or fields.get("authors") or fields.get("creator") or ""
    language = fields.get("language") or fields.get("lang") or ""
    chapters = divide_page(blocks, title, path)
    return Book(path, title, author, language, chapters, warnings=describe_code(blocks))


def _read_fields(text: str) -> dict[str, str]:
    """Read ``key: value`` lines and lists with one value per line; skip anything deeper."""
    fields: dict[str, str] = {}
    key = ""
    for line in text.split("\n"):
        if field := _FIELD.match(line):
            key = field["key"].lower()
            fields[key] = _unquote(field["value"])
        elif key and (item := _ITEM.match(line)):
            fields[key] = ", ".join(filter(None, [fields[key], _unquote(item["value"])]))
    return fields


def _unquote(value: str) -> str:
    value = value.strip()
    if value[:1] == "[" and value[-1:] == "]":
        return ", ".join(map(_unquote, value[1:-1].split(",")))
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1].strip()
    return re.sub(r"\s+#.*", "", value)


def _render(text: str) -> str:
    """Return the page as HTML, without what is not spoken, its notes at the end."""
    notes = "\n\n".join(note[0].partition("]:")[2].strip() for note in _NOTE.finditer(text))
    text = _FORMULA.sub("formula", _NOTE_MARK.sub("", _NOTE.sub("", text)))
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = markdown.parse(text)
    _silence(tokens)
    body = markdown.renderer.render(tokens, markdown.options, {})
    notes = markdown.render(notes)
    return f'<html><body>{body}<div class="footnotes">{notes}</div></body></html>'


def _silence(tokens: Sequence[Token]) -> None:
    """Empty the tokens of what is not spoken."""
    for token in tokens:
        if token.type == "image":
            token.type, token.children, token.content = "text", None, ""
        elif token.type == "text":
            token.content = _ANCHOR.sub("", token.content)
        _silence(token.children or [])
