"""The HTTP gateway as a browser uses it: the page, a job, its audio, and a book."""

from __future__ import annotations

import hashlib
import io
import json
import re
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from typing import Any

from jobs import SpeechQueue
from tests.containers.compose import CheckFailed, Compose, await_that

HEALTHY_SECONDS = 300
JOB_SECONDS = 1_800
ANSWER_SECONDS = 120

CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)
PACKAGE = (
    '<package version="3.0" xmlns="http://www.idpf.org/2007/opf" unique-identifier="id">'
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">check'
    "</dc:identifier><dc:title>A short book</dc:title><dc:language>en</dc:language></metadata>"
    '<manifest><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="one"/></spine></package>'
)
CHAPTER = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>One</title></head>'
    "<body><h1>One</h1><p>The shortest of all books has a single line.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where it listens, and what lets one in."""

    address: str
    token: str

    def ask(self, path: str, data: bytes | None = None, content_type: str = "") -> bytes:
        """Return what it answers to a GET, or to a POST of `data`.

        Raises:
            CheckFailed: it answers with an error.
        """
        headers = {"Content-Type": content_type} if data else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"{self.address}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                content: bytes = answer.read()
        except urllib.error.HTTPError as exc:
            raise CheckFailed(f"{path}: {exc.code} {exc.read(300)!r}") from exc
        return content

    def ask_json(self, path: str, data: bytes | None = None, content_type: str = "") -> Any:
        """Return the same, read as JSON."""
        return json.loads(self.ask(path, data, content_type))


def use_gateway(compose: Compose, queue: SpeechQueue, token: str) -> str:
    """Do what a browser does; nobody without the token gets a job done."""
    compose.await_health(compose.containers("web")[0], "healthy", "", HEALTHY_SECONDS)
    address = f"http://127.0.0.1:{compose.web_port}"
    gateway = Gateway(address, token)
    files = _load_page(Gateway(address, ""))
    body = json.dumps({"text": "A page asked for this.", "queue": "interactive"}).encode()
    try:
        Gateway(address, "").ask("/v1/jobs", body, "application/json")
    except CheckFailed as exc:
        if ": 401 " not in str(exc):
            raise
    else:
        raise CheckFailed("a job was taken without a token")
    job_id = gateway.ask_json("/v1/jobs", body, "application/json")["id"]
    result = queue.job(job_id).wait(JOB_SECONDS)
    audio = gateway.ask(f"/v1/jobs/{job_id}/audio")
    if hashlib.sha256(audio).hexdigest() != result.sha256:
        raise CheckFailed(f"{len(audio)} bytes of audio came back, not those of the file")
    book = _make_book(gateway)
    return (
        f"the page ({files} files), a job of {len(audio)} bytes, an EPUB as m4b, {len(book)} bytes"
    )


def _load_page(gateway: Gateway) -> int:
    """Load the page and all that it and its modules name; return how many files that is."""
    waiting, seen = ["/"], set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        text = gateway.ask(path).decode()
        named = re.findall(r'(?:src|href)="/?(page/[\w.-]+)"|from "\./([\w.-]+\.js)"', text)
        found = {f"/{whole}" if whole else f"/page/{module}" for whole, module in named}
        waiting += found - seen - set(waiting)
    return len(seen)


def _make_book(gateway: Gateway) -> bytes:
    """Upload an EPUB of one chapter and return the file that comes of it."""
    boundary = "a-line-that-no-book-has"
    form = b"".join(
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
            'filename="short.epub"\r\n\r\n'.encode(),
            write_epub(),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )
    link = gateway.ask_json("/v1/batches", form, f"multipart/form-data; boundary={boundary}")[
        "link"
    ]

    def look() -> Any:
        book = gateway.ask_json(link)
        if book["status"] in {"failed", "cancelled"} or book["problem"]:
            raise CheckFailed(f"the book is {book['status']}: {book['problem']}")
        return book if book["status"] == "finished" else None

    book = await_that(look, "the book", JOB_SECONDS)
    content = gateway.ask(book["files"][0]["link"])
    if content[4:8] != b"ftyp":
        raise CheckFailed(f"the book's file is no m4b: it begins with {content[:12]!r}")
    return content


def write_epub() -> bytes:
    """Return a book of one line."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("book.opf", PACKAGE)
        archive.writestr("one.xhtml", CHAPTER)
    return packed.getvalue()
