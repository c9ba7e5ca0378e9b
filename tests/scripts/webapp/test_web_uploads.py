"""Uploads of books: bounded, read by a process of their own, which ends with its client."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import eventually, run_server
from tests.fakes.web import Site

READER = "scripts.audiobook.upload"
TEXT = {"file": ("book.txt", b"Chapter 1\n\nSome words.\n\nChapter 2\n\nSome more.\n")}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, httpx.Client]]:
    """Yield a gateway that was started in a folder full of traps."""
    for server in run_server():
        directory = tmp_path_factory.mktemp("traps")
        for name in ("base64", "json", "resource", "jobs", "scripts", "lxml", "sitecustomize"):
            (directory / f"{name}.py").write_text(
                f"open({str(directory / 'sprung')!r}, 'a').write({name!r} + '\\n')\n"
            )
        site = Site(server, tmp_path_factory.mktemp("uploads"))
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(directory)
            with site.serve(("-P", "-m", "scripts.cli", "web")) as client:
                yield site, client


def test_no_reader_imports_from_the_start_folder(started: tuple[Site, httpx.Client]):
    """A base64.py beside whoever starts the gateway is not run."""
    _, client = started
    answer = client.post("/v1/batches/contents", files=TEXT)

    assert answer.status_code == 200
    assert [chapter["title"] for chapter in answer.json()["chapters"]] == ["Chapter 1", "Chapter 2"]
    assert not Path("sprung").exists()


def test_a_form_brings_a_book_and_its_options_alone(started: tuple[Site, httpx.Client]):
    """Many parts, large fields and a second file are refused before they are kept."""
    _, client = started
    many = [("file", TEXT["file"]), *((f"f{at}", (None, b"x" * 1_000_000)) for at in range(20))]
    for files in (
        many,
        [("file", TEXT["file"]), ("file", TEXT["file"])],
        [("file", TEXT["file"]), *((f"f{at}", (None, b"x")) for at in range(250))],
    ):
        assert client.post("/v1/batches", files=files).status_code == 422


def test_a_long_option_is_a_wrong_request(started: tuple[Site, httpx.Client]):
    """200 kB of voice are the client's fault, and so is an unknown voice of 10 kB."""
    _, client = started
    for length in (200_000, 10_000):
        answer = client.post("/v1/batches", files=TEXT, data={"voice": "v" * length})
        assert answer.status_code == 422, answer.text


def test_large_bodies_are_spooled_on_the_work_volume(started: tuple[Site, httpx.Client]):
    """The system's folder for temporary files may be small; nothing stays behind."""
    site, client = started
    book = {"file": ("book.txt", b"Some words. " * 300_000)}
    client.post("/v1/batches/contents", files=book)

    spool = site.settings.work_dir / ".uploads"
    assert spool.is_dir()
    assert list(spool.iterdir()) == []
    assert spool.stat().st_mode & 0o077 == 0


def test_a_reader_ends_with_its_client(started: tuple[Site, httpx.Client]):
    """Who goes away while his book is read leaves no process behind."""
    site, client = started
    assert site.gateway is not None
    gateway = psutil.Process(site.gateway.pid)
    url = httpx.URL(site.url)
    request = httpx.Request(
        "POST",
        f"{site.url}/v1/batches/contents",
        files={"file": ("b.txt", b"A word. " * 2_000_000)},
    )
    request.read()
    head = f"POST /v1/batches/contents HTTP/1.1\r\nHost: {url.host}\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in request.headers.items() if name != "host"
    )
    with socket.create_connection((url.host, url.port), timeout=30) as connection:
        connection.sendall(head.encode() + b"\r\n" + request.content)
        eventually(lambda: _readers(gateway))
    began = time.monotonic()
    eventually(lambda: not _readers(gateway))

    assert time.monotonic() - began < 30
    assert client.get("/health").status_code == 200


def _readers(gateway: psutil.Process) -> list[int]:
    return [each.pid for each in gateway.children(recursive=True)]
