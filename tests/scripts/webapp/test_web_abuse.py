"""Slow and broken clients: they cost nothing that lasts, and no job."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.conftest import eventually, run_server
from tests.fakes.web import START_SECONDS, Site, make_text, submit, wait_for

CLIENTS = 200
ROUNDS = 3
MAX_GROWTH_BYTES = 24 << 20
"""Between a first round of 200 broken clients, which fills caches, and two more."""

MAX_HANDLES = 64
"""Of the program's own: at most 38 connections to Redis stay open, whoever came."""

LISTENING = "0A"
"""In Linux's table of connections."""


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a gateway whose patience is a second, with a worker."""
    for server in run_server():
        site = Site(server, tmp_path_factory.mktemp("impatient"))
        program = ("-m", "tests.fakes.impatient_web")
        with site.serve(program, KTTS_WEB_MAX_BODY_BYTES="100000"), site.worker(pace=0.05):
            yield site


@pytest.fixture
def client(impatient: Site) -> Iterator[httpx.Client]:
    """Yield a client of that gateway."""
    with httpx.Client(base_url=impatient.url, timeout=60) as opened:
        yield opened


def open_raw(site: Site, request: str) -> socket.socket:
    """Send something and return the connection as it is."""
    url = httpx.URL(site.url)
    connection = socket.create_connection((url.host, url.port), timeout=30)
    connection.sendall(request.replace("\n", "\r\n").encode())
    return connection


@pytest.mark.parametrize(
    "request_",
    [
        "",
        "GET /v1/queue HTTP/1.1\nHost: localhost\n",
        "POST /v1/jobs HTTP/1.1\nHost: localhost\nContent-Length: 90\n\n{",
        "GET /health HTTP/1.1\nHost: localhost\n\nGET /v1/queue HTTP/1.1\nHo",
    ],
    ids=["nothing", "half a head", "half a body", "half a second request"],
)
def test_half_a_request_ends(impatient: Site, request_: str):
    """Who does not go on asking loses the connection."""
    with open_raw(impatient, request_) as connection:
        try:
            while connection.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass


@pytest.mark.parametrize("drip", ["1;x", "0\r\nX: y"], ids=["extension", "trailer"])
def test_what_frames_a_body_does_not_prolong_it(impatient: Site, drip: str):
    """A byte of a chunk's extension or of a trailer now and then holds nothing."""
    head = (
        "POST /v1/jobs HTTP/1.1\nHost: localhost\nContent-Type: application/json\n"
        'Transfer-Encoding: chunked\n\n5\n{"a":\n'
    )
    with open_raw(impatient, head) as connection:
        connection.settimeout(0.3)

        def is_ended() -> bool:
            try:
                connection.sendall(b"y" if is_ended.begun else drip.encode())
                is_ended.begun = True
                return connection.recv(1 << 16) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        is_ended.begun = False
        eventually(is_ended, 10)


def test_a_client_without_a_token_leaves_the_others_room(tmp_path: Path):
    """Sixteen bodies of 16 MB to where no token is needed are refused after 4 KiB."""
    for server in run_server():
        site = Site(server, tmp_path)
        with site.serve(KTTS_WEB_TOKENS="token") as client, ExitStack() as opened:
            head = (
                "POST /session HTTP/1.1\nHost: localhost\nContent-Type: application/json\n"
                "Transfer-Encoding: chunked\n\nff0000\n"
            )
            answers = []
            for _ in range(16):
                connection = opened.enter_context(open_raw(site, head))
                with suppress(OSError):
                    connection.sendall(b"x" * (1 << 20))
                answers.append(connection.recv(1 << 12)[9:12])
            headers = {"Authorization": "Bearer token"}
            submitted = client.post("/v1/jobs", json={"text": "Mine."}, headers=headers)

    assert set(answers) == {b"413"}
    assert submitted.status_code == 202


def test_as_many_are_served_as_there_are_places(tmp_path: Path):
    """Of 80 clients at once for 50 places 50 are served; the rest learns when to come again."""
    for server in run_server():
        site = Site(server, tmp_path)
        with site.serve(KTTS_WEB_CONNECTIONS="50") as first, ExitStack() as opened:
            first.close()
            raw = [opened.enter_context(open_raw(site, "")) for _ in range(80)]
            for connection in raw:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answers = [connection.recv(1 << 12) for connection in raw]
            refused = [answer for answer in answers if b" 503 " in answer.split(b"\r\n")[0]]

            url = f"{site.url}/health"  # who only holds a place makes room for who asks
            eventually(partial(_is_served, url), 20)

    assert sum(b" 200 " in answer.split(b"\r\n")[0] for answer in answers) in {49, 50}
    assert all(b"retry-after: 5" in answer.lower() for answer in refused)
    assert len(refused) in {30, 31}


def test_a_reader_who_stopped_loses_the_connection(impatient: Site, client: httpx.Client):
    """Audio that nobody takes is not kept in memory for ever."""
    job_id = submit(client, text=make_text("stalled", 150))
    wait_for(client, job_id)
    request = f"GET /v1/jobs/{job_id}/audio HTTP/1.1\nHost: localhost\n\n"
    with open_raw(impatient, request) as connection:
        assert connection.recv(100)
        assert _connections(impatient) == 2
        eventually(lambda: _connections(impatient) == 1, START_SECONDS)


def test_a_body_that_is_too_large_is_refused(impatient: Site, client: httpx.Client):
    """413, whether the size is announced or only comes."""
    body = b'{"text": "' + b"x" * 200_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    announced = client.post("/v1/jobs", content=body, headers=headers)
    pieces = (body[at : at + 10_000] for at in range(0, len(body), 10_000))
    chunked = client.post("/v1/jobs", content=pieces, headers=headers)

    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert "100000 bytes" in announced.json()["detail"]
    assert client.get("/v1/queue").json()["waiting"]["default"] == 0


def test_broken_clients_leave_nothing_behind(impatient: Site, client: httpx.Client):
    """After 200 of them memory and handles are as before, and the job has come to its end."""
    finished = submit(client, text=make_text("large", 100))
    wait_for(client, finished)
    running = submit(client, text=make_text("unharmed", 200))
    memory_bytes = []
    for _ in range(ROUNDS):
        _annoy(impatient, finished, running)
        eventually(lambda: _connections(impatient) <= 1, START_SECONDS)
        memory_bytes.append(_memory_bytes(impatient))
    job = wait_for(client, running)

    assert _handles(impatient) <= MAX_HANDLES
    assert memory_bytes[-1] <= memory_bytes[0] + MAX_GROWTH_BYTES
    assert job["result"]["chunks"] == 200
    assert client.get("/v1/queue").json()["running"] == 0


def _is_served(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(url).status_code == 200
    return False


def _annoy(site: Site, finished: str, running: str) -> None:
    """Let 200 clients misbehave at once; all are gone afterwards."""
    host = "Host: localhost\n"
    ranges = ",".join(f"{at}-{at + 1}" for at in range(0, 400, 4))
    kinds = [
        f"GET /v1/queue HTTP/1.1\n{host}",
        f"POST /v1/jobs HTTP/1.1\n{host}Content-Type: application/json\nContent-Length: 90\n\n{{",
        f"GET /v1/jobs/{running}/events HTTP/1.1\n{host}\n",
        f"GET /v1/jobs/{running}/audio HTTP/1.1\n{host}\n",
        f"GET /v1/jobs/{finished}/audio HTTP/1.1\n{host}\n",
        f"GET /v1/jobs/{finished}/audio HTTP/1.1\n{host}Range: bytes={ranges}\n\n",
        f"GET /v1/jobs/{finished}/audio HTTP/1.1\n{host}Range: bytes=99999999999-1\n\n",
        "\0\1\2 nonsense\n\n",
    ]
    with ExitStack() as opened:
        for number in range(CLIENTS):
            opened.enter_context(open_raw(site, kinds[number % len(kinds)]))


def _process_dir(site: Site) -> Path:
    assert site.gateway is not None
    return Path(f"/proc/{site.gateway.pid}")


def _handles(site: Site) -> int:
    return len(list((_process_dir(site) / "fd").iterdir()))


def _connections(site: Site) -> int:
    """Count the connections of clients that the gateway holds, those that they have left too."""
    sockets = set()
    for path in (_process_dir(site) / "fd").iterdir():
        with suppress(FileNotFoundError):
            sockets.add(str(path.readlink()))
    port = f":{httpx.URL(site.url).port:04X}"
    table = (_process_dir(site) / "net" / "tcp").read_text().splitlines()[1:]
    rows = [row.split() for row in table]
    return sum(
        row[1].endswith(port) and row[3] != LISTENING and f"socket:[{row[9]}]" in sockets
        for row in rows
    )


def _memory_bytes(site: Site) -> int:
    return int((_process_dir(site) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
