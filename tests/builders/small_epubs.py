"""Small EPUBs, each with one thing that readers stumble over, after public tests of such.

A case is read, and then what is spoken is stated; or it is refused for one reason.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.builders.epubs import CONTAINER, METADATA_3, add_file, chapter, ncx, page, write_epub

Files = dict[str, str | bytes]
ONE = chapter("One", "It began.")
SPOKEN = ("One", "It began.")
_OPF = "EPUB/package.opf"
_ROOT = '<rootfile full-path="{}" media-type="{}"/>'
_PACKAGE_TYPE = "application/oebps-package+xml"
_XHTML = "application/xhtml+xml"


@dataclass(frozen=True)
class SmallEpub:
    """A case."""

    name: str
    special: str
    """What is out of the ordinary."""
    write: Callable[[Path], object]
    spoken: tuple[str, ...] = ()
    """Paragraphs that are spoken, of all chapters in order."""
    refusal: str = ""
    """What is said instead."""


def usual(**fields: Any) -> Callable[[Path], object]:
    """Return what writes a book of one page, or of `pages`, with something else to it."""
    pages = fields.pop("pages", None) or {"a.xhtml": fields.pop("page", ONE)}
    return lambda path: write_epub(path, pages, **fields)


def changed(change: Callable[[Files], object], **fields: Any) -> Callable[[Path], object]:
    """Return what writes a book whose files are changed by `change`."""

    def write(path: Path) -> None:
        usual(**fields)(path)
        with zipfile.ZipFile(path) as file:
            files: Files = {name: file.read(name) for name in file.namelist()}
        change(files)
        write_files(path, files)

    return write


def write_files(path: Path, files: Mapping[str, str | bytes]) -> None:
    """Write a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            add_file(file, name, content)


def replaced(name: str, *pairs: tuple[str, str], **fields: Any) -> Callable[[Path], object]:
    """Return what writes a book with other words in one of its files."""

    def change(files: Files) -> None:
        text = bytes(files[name]).decode()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        files[name] = text

    return changed(change, **fields)


def body(markup: str, **fields: Any) -> Callable[[Path], object]:
    """Return what writes a book of one page with this markup below its title."""
    return usual(page=page(f"<h2>One</h2>{markup}"), **fields)


def moved(old: str, new: str) -> Callable[[Files], None]:
    """Return what gives a file another name in the zip alone."""

    def move(files: Files) -> None:
        files[new] = files.pop(old)

    return move


def dropped(*names: str) -> Callable[[Files], None]:
    """Return what takes files out of the zip."""

    def drop(files: Files) -> None:
        for name in names:
            del files[name]

    return drop


def added(**files_by_name: str) -> Callable[[Files], None]:
    """Return what adds files; two underscores stand for a slash, one more for a dot."""
    return lambda files: files.update(
        {n.replace("__", "/").replace("_dot_", "."): text for n, text in files_by_name.items()}
    )


def with_roots(*roots: tuple[str, str]) -> Callable[[Files], None]:
    """Return what names these packages in the container."""

    def change(files: Files) -> None:
        old = _ROOT.format(_OPF, _PACKAGE_TYPE)
        files["META-INF/container.xml"] = CONTAINER.replace(
            old, "".join(_ROOT.format(*root) for root in roots)
        )

    return change


def package(items: str, spine: str, more: str = "", metadata: str = METADATA_3) -> str:
    """Write a package document."""
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        'unique-identifier="uid"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{metadata}</metadata><manifest>{items}</manifest>{spine}{more}</package>"
    )


def packed(items: str, spine: str, more: str = "", **fields: Any) -> Callable[[Path], object]:
    """Return what writes a book with a package of its own."""
    return usual(
        contents=None,
        extra={"package.opf": package(items, spine, more), **fields.pop("extra", {})},
        **fields,
    )


def item(key: str, href: str, kind: str = _XHTML, more: str = "") -> str:
    """Write an item of the manifest."""
    return f'<item id="{key}" href="{href}" media-type="{kind}" {more}/>'


def spine(*keys: str) -> str:
    """Write a spine."""
    return f"<spine>{''.join(f'<itemref idref={chr(34)}{key}{chr(34)}/>' for key in keys)}</spine>"


def encrypted(algorithm: str, name: str) -> Callable[[Path], object]:
    """Return what writes a book that says a file of it is encrypted."""
    text = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<EncryptedData xmlns="http://www.w3.org/2001/04/xmlenc#">'
        f'<EncryptionMethod Algorithm="{algorithm}"/><CipherData><CipherReference URI="{name}"/>'
        "</CipherData></EncryptedData></encryption>"
    )
    return usual(extra={"META-INF/encryption.xml": text, "font.otf": b"font"})


def truncated(path: Path) -> None:
    """Write half of a book."""
    usual()(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def wrong_sum(path: Path) -> None:
    """Write a book whose page has another content than its checksum says."""
    with zipfile.ZipFile(path, "w") as file:
        add_file(file, "META-INF/container.xml", CONTAINER)
        add_file(file, _OPF, package(item("a", "a.xhtml"), spine("a")))
        add_file(file, "EPUB/a.xhtml", ONE, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"It began.", b"It burns."))


def doubled(path: Path) -> None:
    """Write a book that has its page twice, the last one whole."""
    usual()(path)
    with zipfile.ZipFile(path, "a") as file, pytest_silent():
        add_file(file, "EPUB/a.xhtml", chapter("One", "The last counts."))


def bomb(path: Path) -> None:
    """Write a book with a file that grows to a thousand times its size."""
    usual(extra={"big.css": b"\0" * (16 << 20)})(path)


def behind_another_file(path: Path) -> None:
    """Write a book behind the bytes of a program that would unpack it."""
    usual()(path)
    path.write_bytes(b"MZ a program" * 100 + path.read_bytes())


def locked(path: Path) -> None:
    """Write a zip whose files say that they have a password."""
    usual()(path)
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    path.write_bytes(data)


def pytest_silent() -> Any:
    """Return what keeps the zip's own warning of a double name away."""
    import warnings

    return warnings.catch_warnings(action="ignore")


def uncompressed_first(path: Path) -> None:
    """Write a book whose first file is not the one that names its kind."""
    usual()(path)
    with zipfile.ZipFile(path) as file:
        files = {name: file.read(name) for name in reversed(file.namelist())}
    write_files(path, files)


def inner_zip(path: Path) -> None:
    """Write a zip that holds the book as a file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as inner:
        add_file(inner, "mimetype", "application/epub+zip")
    write_files(path, {"book.epub": buffer.getvalue()})


_NAV_HEAD = '<nav epub:type="page-list"><ol><li><a href="a.xhtml#p1">1</a></li></ol></nav>'
_SWITCH = (
    '<epub:switch id="s"><epub:case required-namespace="http://www.w3.org/1998/Math/MathML">'
    "<p>A drawing.</p></epub:case><epub:default><p>It began.</p></epub:default></epub:switch>"
)
_LAUGHS = (
    '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    '<html xmlns="http://www.w3.org/1999/xhtml"><body><p>&b;</p></body></html>'
)
_TWO = {"a.xhtml": ONE, "b.xhtml": chapter("Two", "It ended.")}
_SPOKEN_TWO = (*SPOKEN, "Two", "It ended.")
_UTF_16 = ONE.replace('"utf-8"', '"utf-16"').encode("utf-16")
_DTBOOK = (
    '<dtbook xmlns="http://www.daisy.org/z3986/2005/dtbook/"><book><bodymatter><level1>'
    "<h1>One</h1><p>It began.</p></level1></bodymatter></book></dtbook>"
)
_SVG = '<svg xmlns="http://www.w3.org/2000/svg"><text>It is drawn.</text></svg>'
_FIXED = (
    '<meta property="rendition:layout">pre-paginated</meta>'
    '<meta property="rendition:spread">none</meta>'
)

CONTAINERS = (
    SmallEpub(
        "no container",
        "one package is found all the same",
        changed(dropped("META-INF/container.xml")),
        SPOKEN,
    ),
    SmallEpub(
        "no container, two packages",
        "nothing says which is the book",
        changed(
            lambda files: (
                files.pop("META-INF/container.xml"),
                files.update({"other.opf": files[_OPF]}),
            )
        ),
        refusal="it names no package",
    ),
    SmallEpub(
        "two renditions",
        "the first is the default",
        changed(
            lambda files: (
                with_roots((_OPF, _PACKAGE_TYPE), ("b.opf", _PACKAGE_TYPE))(files),
                files.update({"b.opf": "<package/>"}),
            )
        ),
        SPOKEN,
    ),
    SmallEpub(
        "another format first",
        "a PDF of the same book stands before the package",
        changed(
            lambda files: (
                with_roots(("b.pdf", "application/pdf"), (_OPF, _PACKAGE_TYPE))(files),
                files.update({"b.pdf": b"%PDF-1.4"}),
            )
        ),
        SPOKEN,
    ),
    SmallEpub(
        "container names nothing",
        "the only package is taken",
        changed(with_roots(("EPUB/gone.opf", _PACKAGE_TYPE))),
        SPOKEN,
    ),
    SmallEpub(
        "container without roots", "the only package is taken", changed(with_roots()), SPOKEN
    ),
    SmallEpub(
        "package of another name",
        "container.xml names EPUB/book.xml",
        changed(
            lambda files: (
                with_roots(("EPUB/book.xml", _PACKAGE_TYPE))(files),
                moved(_OPF, "EPUB/book.xml")(files),
            )
        ),
        SPOKEN,
    ),
    SmallEpub(
        "package at the top",
        "no folder around it",
        changed(
            lambda files: (
                with_roots(("package.opf", _PACKAGE_TYPE))(files),
                moved(_OPF, "package.opf")(files),
                moved("EPUB/a.xhtml", "a.xhtml")(files),
                moved("EPUB/nav.xhtml", "nav.xhtml")(files),
            )
        ),
        SPOKEN,
    ),
    SmallEpub("no mimetype", "the file is not there", changed(dropped("mimetype")), SPOKEN),
    SmallEpub(
        "wrong mimetype", "it names a zip", changed(added(mimetype="application/zip")), SPOKEN
    ),
    SmallEpub(
        "mimetype with a mark",
        "a byte order mark and a line's end",
        changed(added(mimetype="\ufeffapplication/epub+zip\n")),
        SPOKEN,
    ),
    SmallEpub("mimetype last", "compressed, behind all else", uncompressed_first, SPOKEN),
    SmallEpub(
        "folders and finder's files",
        "__MACOSX and .DS_Store lie around",
        changed(
            lambda files: files.update({"__MACOSX/EPUB/._a.xhtml": b"\0\5", ".DS_Store": b"\0"})
        ),
        SPOKEN,
    ),
    SmallEpub("behind a program", "the zip begins after other bytes", behind_another_file, SPOKEN),
    SmallEpub("truncated", "half of the file", truncated, refusal="is no EPUB"),
    SmallEpub(
        "empty file", "no bytes at all", lambda path: path.write_bytes(b""), refusal="is no EPUB"
    ),
    SmallEpub(
        "no zip",
        "a page with the name of a book",
        lambda path: path.write_text(ONE),
        refusal="is no EPUB",
    ),
    SmallEpub("a zip with the book in it", "packed twice", inner_zip, refusal="names no package"),
    SmallEpub("wrong checksum", "a page was changed in the zip", wrong_sum, refusal="is damaged"),
    SmallEpub("a page twice", "the last one counts", doubled, ("One", "The last counts.")),
    SmallEpub("zip bomb", "16 MiB from 16 KiB", bomb, refusal="zip bomb"),
    SmallEpub("password", "every file has one", locked, refusal="protected by a password"),
    SmallEpub(
        "name that leads out",
        "../../evil",
        changed(lambda files: files.update({"../../evil": b"x"})),
        refusal="points out of it",
    ),
    SmallEpub(
        "fonts obfuscated",
        "the text is not",
        encrypted("http://www.idpf.org/2008/embedding", "EPUB/font.otf"),
        SPOKEN,
    ),
    SmallEpub(
        "page encrypted",
        "by a scheme that nobody names",
        encrypted("http://www.w3.org/2001/04/xmlenc#aes256-cbc", "EPUB/a.xhtml"),
        refusal="protected by DRM",
    ),
    SmallEpub(
        "Readium LCP",
        "a licence lies in it",
        usual(extra={"META-INF/license.lcpl": "{}"}),
        refusal="DRM (Readium LCP)",
    ),
    SmallEpub(
        "Adobe ADEPT",
        "its rights name the scheme",
        usual(extra={"META-INF/rights.xml": '<rights xmlns="http://ns.adobe.com/adept"/>'}),
        refusal="DRM (Adobe ADEPT)",
    ),
    SmallEpub(
        "signed",
        "a signature hinders nobody",
        usual(extra={"META-INF/signatures.xml": "<s/>"}),
        SPOKEN,
    ),
)

PACKAGES = (
    SmallEpub(
        "package in UTF-16",
        "with its mark",
        changed(
            lambda files: files.update(
                {_OPF: bytes(files[_OPF]).decode().replace("UTF-8", "UTF-16").encode("utf-16")}
            )
        ),
        SPOKEN,
    ),
    SmallEpub(
        "package with prefixes",
        "opf:package",
        replaced(
            _OPF,
            ("<package xmlns=", "<opf:package xmlns:opf="),
            ("</package", "</opf:package"),
            ("<item", "<opf:item"),
            ("<spine", "<opf:spine"),
            ("</spine", "</opf:spine"),
            ("<manifest", "<opf:manifest"),
            ("</manifest", "</opf:manifest"),
            ("<metadata", "<opf:metadata"),
            ("</metadata", "</opf:metadata"),
        ),
        SPOKEN,
    ),
    SmallEpub(
        "no metadata", "the file's name is the title", replaced(_OPF, (METADATA_3, "")), SPOKEN
    ),
    SmallEpub(
        "no manifest",
        "nothing is listed",
        replaced(_OPF, ("manifest>", "list>")),
        refusal="lists no files",
    ),
    SmallEpub(
        "no spine", "no reading order", packed(item("a", "a.xhtml"), ""), refusal="lists no files"
    ),
    SmallEpub(
        "empty spine",
        "no page in it",
        packed(item("a", "a.xhtml"), spine()),
        refusal="holds no page to read",
    ),
    SmallEpub(
        "spine names nobody",
        "an idref without an item",
        packed(item("a", "a.xhtml"), spine("b", "a")),
        SPOKEN,
    ),
    SmallEpub(
        "a page twice in the spine",
        "it is spoken once",
        packed(item("a", "a.xhtml"), spine("a", "a")),
        SPOKEN,
    ),
    SmallEpub(
        "ids with colons", "and with dots", packed(item("a:b.c", "a.xhtml"), spine("a:b.c")), SPOKEN
    ),
    SmallEpub(
        "names in other letters",
        "A.XHTML in the package, a.xhtml in the zip",
        packed(item("a", "A.XHTML"), spine("a")),
        SPOKEN,
    ),
    SmallEpub(
        "up and down",
        "../EPUB/./a.xhtml",
        packed(item("a", "../EPUB/./a.xhtml"), spine("a")),
        SPOKEN,
    ),
    SmallEpub(
        "out of the book",
        "../../a.xhtml",
        packed(item("a", "../../a.xhtml"), spine("a")),
        refusal="holds no page to read",
    ),
    SmallEpub(
        "from the top", "/EPUB/a.xhtml", packed(item("a", "/EPUB/a.xhtml"), spine("a")), SPOKEN
    ),
    SmallEpub(
        "on the network",
        "the only page is remote",
        packed(item("a", "https://example.org/a.xhtml"), spine("a")),
        refusal="holds no page to read",
    ),
    SmallEpub(
        "in the package itself",
        "a data: address as a page",
        packed(item("a", "data:text/html,Hello"), spine("a")),
        refusal="holds no page to read",
    ),
    SmallEpub(
        "encoded name",
        "a%20b.xhtml",
        packed(item("a", "a%20b.xhtml"), spine("a"), pages={"a b.xhtml": ONE}),
        SPOKEN,
    ),
    SmallEpub(
        "letter in two pieces",
        "é as e and its mark in the zip",
        packed(item("a", "é.xhtml"), spine("a"), pages={"e\u0301.xhtml": ONE}),
        SPOKEN,
    ),
    SmallEpub(
        "with a question",
        "a.xhtml?v=2#top",
        packed(item("a", "a.xhtml?v=2#top"), spine("a")),
        SPOKEN,
    ),
    SmallEpub(
        "missing page",
        "the other is read",
        packed(item("a", "a.xhtml") + item("b", "b.xhtml"), spine("a", "b")),
        SPOKEN,
    ),
    SmallEpub(
        "fallback",
        "a PDF with a page in its stead",
        packed(
            item("p", "p.pdf", "application/pdf", 'fallback="q"')
            + item("q", "q.xml", "application/x-quiz", 'fallback="a"')
            + item("a", "a.xhtml"),
            spine("p"),
            extra={"p.pdf": b"%PDF", "q.xml": "<q/>"},
        ),
        SPOKEN,
    ),
    SmallEpub(
        "fallbacks in a circle",
        "neither is a page",
        packed(
            item("p", "p.pdf", "application/pdf", 'fallback="q"')
            + item("q", "q.pdf", "application/pdf", 'fallback="p"'),
            spine("p"),
        ),
        refusal="only application/pdf",
    ),
    SmallEpub(
        "not linear",
        "an answer aside is not read",
        usual(pages=_TWO, not_linear=["b.xhtml"], contents=[("One", "a.xhtml")]),
        SPOKEN,
    ),
    SmallEpub(
        "nothing linear",
        "then all is read",
        usual(pages=_TWO, not_linear=["a.xhtml", "b.xhtml"], contents=None),
        _SPOKEN_TWO,
    ),
    SmallEpub(
        "drawn page",
        "an SVG in the spine",
        packed(
            item("a", "a.xhtml") + item("s", "s.svg", "image/svg+xml"),
            spine("a", "s"),
            extra={"s.svg": _SVG},
        ),
        (*SPOKEN, "It is drawn."),
    ),
    SmallEpub(
        "only pictures",
        "a comic",
        packed(item("p", "p.png", "image/png"), spine("p")),
        refusal="only pictures",
    ),
    SmallEpub(
        "page of DTBook",
        "as EPUB 2 allows",
        packed(
            item("a", "a.xml", "application/x-dtbook+xml"), spine("a"), pages={"a.xml": _DTBOOK}
        ),
        SPOKEN,
    ),
    SmallEpub(
        "page of no known type",
        "text/html",
        packed(item("a", "a.php", "text/html"), spine("a"), pages={"a.php": ONE}),
        SPOKEN,
    ),
    SmallEpub(
        "bindings and collections",
        "and links",
        packed(
            item("a", "a.xhtml"),
            spine("a"),
            '<bindings><mediaType media-type="x/y" handler="a"/>'
            '</bindings><collection role="index"><link href="a.xhtml"/></collection>',
        ),
        SPOKEN,
    ),
    SmallEpub(
        "fixed layout",
        "words in places of their own",
        body(
            '<div style="position:absolute"><span>It</span> <span>began.</span></div>',
            metadata=METADATA_3 + _FIXED,
        ),
        SPOKEN,
    ),
    SmallEpub(
        "right to left",
        "pages turn the other way",
        replaced(_OPF, ("<spine>", '<spine page-progression-direction="rtl">')),
        SPOKEN,
    ),
    SmallEpub(
        "media overlay",
        "the book has one",
        usual(extra={"a.smil": '<smil xmlns="http://www.w3.org/ns/SMIL" version="3.0"/>'}),
        SPOKEN,
    ),
)

CONTENTS = (
    SmallEpub(
        "no table of contents", "headings tell", usual(pages=_TWO, contents=None), _SPOKEN_TWO
    ),
    SmallEpub(
        "NCX alone",
        "EPUB 2",
        usual(pages=_TWO, version=2, contents=[("One", "a.xhtml"), ("Two", "b.xhtml")]),
        _SPOKEN_TWO,
    ),
    SmallEpub(
        "NCX in EPUB 3",
        "the nav has no links",
        usual(
            pages=_TWO,
            extra={
                "nav.xhtml": page("<nav/>"),
                "toc.ncx": ncx([("One", "a.xhtml"), ("Two", "b.xhtml")]),
            },
        ),
        _SPOKEN_TWO,
    ),
    SmallEpub(
        "nested nav",
        "four levels",
        usual(
            pages=_TWO,
            contents=[
                (
                    "One",
                    "a.xhtml",
                    [("A", "a.xhtml#x", [("B", "a.xhtml#y", [("C", "a.xhtml#z")])])],
                ),
                ("Two", "b.xhtml"),
            ],
        ),
        _SPOKEN_TWO,
    ),
    SmallEpub(
        "hidden nav",
        "hidden='' on its list",
        replaced("EPUB/nav.xhtml", ("<ol>", '<ol hidden="">'), pages=_TWO),
        _SPOKEN_TWO,
    ),
    SmallEpub(
        "list of pages first",
        "page-list before toc",
        replaced(
            "EPUB/nav.xhtml",
            ('<nav epub:type="toc">', f'{_NAV_HEAD}<nav epub:type="toc">'),
            pages=_TWO,
        ),
        _SPOKEN_TWO,
    ),
    SmallEpub(
        "nav in the spine",
        "it is not read aloud",
        packed(
            item("n", "nav.xhtml", more='properties="nav"')
            + item("a", "a.xhtml")
            + item("b", "b.xhtml"),
            spine("n", "a", "b"),
            pages=_TWO,
            extra={
                "nav.xhtml": page(
                    '<nav epub:type="toc"><h1>Contents</h1><ol><li>'
                    '<a href="a.xhtml">One</a></li><li><a href="b.xhtml">Two</a></li></ol></nav>'
                )
            },
        ),
        _SPOKEN_TWO,
    ),
    SmallEpub(
        "links to nowhere",
        "the contents name pages that are not there",
        usual(pages=_TWO, contents=[("X", "x.xhtml"), ("Y", "https://example.org/")]),
        _SPOKEN_TWO,
    ),
    SmallEpub(
        "broken nav",
        "its list is not closed",
        replaced("EPUB/nav.xhtml", ("</ol></nav>", ""), pages=_TWO),
        _SPOKEN_TWO,
    ),
)

PAGES = (
    SmallEpub("page in UTF-16", "with its mark", usual(page=_UTF_16), SPOKEN),
    SmallEpub(
        "page in Latin 1",
        "stated so",
        usual(page=chapter("One", "Café.").replace('"utf-8"', '"iso-8859-1"').encode("latin-1")),
        ("One", "Café."),
    ),
    SmallEpub(
        "page with a mark",
        "and white space before its declaration",
        usual(page="\ufeff\n  " + ONE),
        SPOKEN,
    ),
    SmallEpub(
        "XML 1.1", "stated so", usual(page=ONE.replace('version="1.0"', 'version="1.1"')), SPOKEN
    ),
    SmallEpub(
        "undeclared entities",
        "of HTML, and unknown ones",
        body("<p>It&nbsp;began&hellip; &foo;</p>"),
        ("One", "It began… &foo;"),
    ),
    SmallEpub(
        "declared entities",
        "in the page's own DOCTYPE",
        usual(
            page='<!DOCTYPE html [<!ENTITY pub "Us &amp; Co">]>'
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head>'
            "<body><h2>One</h2><p>By &pub;.</p></body></html>"
        ),
        ("One", "By Us & Co."),
    ),
    SmallEpub(
        "entities that grow",
        "one stands for others",
        usual(page=_LAUGHS),
        refusal="declares entities",
    ),
    SmallEpub(
        "entity from a file",
        "/etc/passwd",
        usual(page=_LAUGHS.replace('<!ENTITY a "ha">', '<!ENTITY a SYSTEM "/etc/passwd">')),
        refusal="declares entities",
    ),
    SmallEpub(
        "unclosed tags",
        "as in old HTML",
        usual(page="<html><body><h2>One<p>It began.<p>So."),
        ("One", "It began.", "So."),
    ),
    SmallEpub(
        "sections of CDATA",
        "and comments",
        body("<p><![CDATA[It <began>.]]><!-- no --></p>"),
        ("One", "It <began>."),
    ),
    SmallEpub("an empty page", "no bytes", usual(pages={"e.xhtml": "", "a.xhtml": ONE}), SPOKEN),
    SmallEpub("no page has text", "all are empty", usual(page=page("")), refusal="holds no text"),
    SmallEpub(
        "only a frame",
        "the text is elsewhere",
        usual(pages={"f.xhtml": page('<iframe src="x.html">Frame</iframe>'), "a.xhtml": ONE}),
        SPOKEN,
    ),
    SmallEpub("switch", "epub:case or epub:default", body(_SWITCH), SPOKEN),
    SmallEpub(
        "trigger",
        "epub:trigger and a player",
        body(
            '<epub:trigger action="play" ref="v" xmlns:ev="http://www.w3.org/2001/xml-events" '
            'ev:event="click"/><video id="v" src="v.mp4">No video.</video><p>It began.</p>'
        ),
        SPOKEN,
    ),
    SmallEpub(
        "scripted page",
        "scripts and forms",
        body(
            "<script>var a = '&lt;p&gt;No.&lt;/p&gt;';</script><noscript><p>Switch it on.</p>"
            "</noscript><button>Go</button><p>It began.</p>"
        ),
        SPOKEN,
    ),
    SmallEpub(
        "object",
        "with something in its stead",
        body('<object data="a.swf" type="x/y"><p>No player.</p></object><p>It began.</p>'),
        SPOKEN,
    ),
    SmallEpub(
        "remote picture and data:",
        "neither is fetched",
        body(
            '<p><img src="https://example.org/a.png" alt="no"/>'
            '<img src="data:image/png;base64,AA" alt="no"/>It began.</p>'
        ),
        SPOKEN,
    ),
    SmallEpub(
        "vertical writing",
        "and a reading in ruby",
        usual(
            page=page(
                '<div style="writing-mode: vertical-rl"><h2>一</h2>'
                "<p><ruby>雨<rt>あめ</rt></ruby>が降る。</p></div>"
            )
        ),
        ("一", "あめが降る。"),
    ),
    SmallEpub(
        "formula",
        "in MathML",
        body(
            '<p>So <math xmlns="http://www.w3.org/1998/Math/MathML" alttext="a is b"><mi>a</mi>'
            "</math>.</p>"
        ),
        ("One", "So a is b ."),
    ),
    SmallEpub(
        "huge heading",
        "2,000 letters in it",
        usual(page=page(f"<h1>{'Word ' * 400}</h1><p>It began.</p>")),
        (("Word " * 400).strip(), "It began."),
    ),
    SmallEpub(
        "deep page",
        "a thousand elements in one another",
        body("<div>" * 1000 + "It began." + "</div>" * 1000),
        refusal="nests elements deeper",
    ),
    SmallEpub(
        "hidden text",
        "and text for screens only",
        body(
            '<p hidden="hidden">No.</p><p style="display: none">No.</p>'
            '<p aria-hidden="true">No.</p><p>It began.</p>'
        ),
        SPOKEN,
    ),
)

SMALL_EPUBS = (*CONTAINERS, *PACKAGES, *CONTENTS, *PAGES)
