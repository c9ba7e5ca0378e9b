"""What clients and proxies expect of HTTP itself: methods, types, ranges, tags, paths, traces."""

from __future__ import annotations

import json
import re
import socket
import zlib
from collections.abc import Iterator

import httpx
import pytest

from jobs.queue import keys
from tests.conftest import run_server
from tests.fakes.web import Site, make_text, submit, wait_for

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, httpx.Client]]:
    """Yield a gateway under a path, with a proxy that it trusts, and a log of requests."""
    for server in run_server():
        site = Site(server, tmp_path_factory.mktemp("proxied"))
        with site.serve(
            KTTS_WEB_ROOT_PATH="/speech/",
            KTTS_WEB_TRUSTED_PROXIES="127.0.0.0/8",
            KTTS_WEB_REQUEST_LOG="json",
        ) as client:
            yield site, client


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/v1/jobs", "GET, POST"),
        ("PATCH", f"/v1/jobs/{'0' * 32}", "DELETE, GET"),
        ("POST", f"/v1/jobs/{'0' * 32}/audio", "GET, HEAD"),
        ("DELETE", "/", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_all_right_ones(
    web: httpx.Client, method: str, path: str, allow: str
):
    """Allow names the methods of every route at the path."""
    answer = web.request(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/audio/speech"])
def test_a_form_is_no_json(web: httpx.Client, path: str):
    """The client learns that the type is wrong, not that a field is."""
    answer = web.post(path, data={"text": "Hello.", "input": "Hello."})

    assert answer.status_code == 415
    assert "application/json" in answer.text


def test_a_file_that_the_client_has_is_not_sent_again(web: httpx.Client):
    """If-None-Match is answered with 304, also where the tag is one of several."""
    job_id = submit(web, text="Once.")
    wait_for(web, job_id)
    url = f"/v1/jobs/{job_id}/audio"
    tag = web.get(url).headers["etag"]

    for known in (tag, f'"x", W/{tag}', "*"):
        answer = web.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    assert web.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_safari_asks_for_two_bytes_of_a_running_job(web: httpx.Client):
    """It plays nothing of a server that does not answer 206."""
    job_id = submit(web, text=make_text("Safari", 8))
    answer = web.get(f"/v1/jobs/{job_id}/audio?format=mp3", headers={"Range": "bytes=0-1"})
    wait_for(web, job_id)

    assert answer.status_code == 206
    assert answer.headers["content-range"] == "bytes 0-1/*"
    assert len(answer.content) == 2


def test_page_and_links_stand_under_the_proxys_path(proxied: tuple[Site, httpx.Client]):
    """Whether the proxy takes the path off or leaves it; the page names nothing from the root."""
    _, client = proxied
    for path in ("/v1/jobs", "/speech/v1/jobs"):
        receipt = client.post(path, json={"text": "Under a path."}).json()
        assert receipt["links"]["self"] == f"/speech/v1/jobs/{receipt['id']}"
    other = {"X-Forwarded-Prefix": "/other", "X-Forwarded-For": "127.0.0.1"}
    receipt = client.post("/v1/jobs", json={"text": "Elsewhere."}, headers=other).json()
    page = client.get("/speech/").text

    assert receipt["links"]["self"].startswith("/other/v1/jobs/")
    assert not re.search(r'(?:src|href)="/', page)
    assert client.get("/speech/page/main.js").status_code == 200


def test_only_named_proxies_are_believed(web: httpx.Client, proxied: tuple[Site, httpx.Client]):
    """Anybody could send such headers."""
    _, client = proxied
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Prefix": "/evil"}
    own = web.post("/v1/jobs", json={"text": "Believe me."}, headers=headers)

    assert client.get("/v1/queue", headers=headers).status_code == 403
    assert own.json()["links"]["self"].startswith("/v1/jobs/")


def test_requests_are_named_logged_and_counted(proxied: tuple[Site, httpx.Client]):
    """A trace that the client brings goes to the job; each answer has its id."""
    site, client = proxied
    answer = client.post("/v1/jobs", json={"text": "Traced."}, headers={"traceparent": TRACE})
    other = client.get("/v1/queue")
    metrics = client.get("/v1/metrics").text
    assert site.gateway is not None
    lines = [json.loads(line) for line in site.gateway.log.splitlines() if line.startswith("{")]

    assert answer.headers["x-trace-id"] == TRACE.split("-")[1]
    assert re.fullmatch("[0-9a-f]{32}", other.headers["x-trace-id"])
    with site.server.connection() as connection:
        record = connection.hget(keys.job(answer.json()["id"]), "data")
    assert record is not None
    assert TRACE in zlib.decompress(record).decode()
    assert 'ktts_http_requests_total{method="POST",status="202"}' in metrics
    logged = next(line for line in lines if line["trace_id"] == TRACE.split("-")[1])
    assert (logged["status"], logged["path"], logged["method"]) == (202, "/v1/jobs", "POST")


def test_every_writing_route_is_carried_out_once_under_a_key(web: httpx.Client):
    """Upload and retry, too: sent twice, the second is answered as the first was."""
    headers = {"Idempotency-Key": "once-for-the-book"}
    files = {"file": ("once.md", b"# Once\n\nThis is uploaded twice.\n")}
    first = web.post("/v1/batches", files=files, headers=headers)
    second = web.post("/v1/batches", files=files, headers=headers)
    other = web.post("/v1/batches", files=files, data={"format": "mp3"}, headers=headers)
    job_id = submit(web, text=make_text("cancelled and retried", 30))
    web.delete(f"/v1/jobs/{job_id}")
    wait_for(web, job_id, "cancelled")
    retry = {"Idempotency-Key": "once-for-the-retry"}
    retried = [web.post(f"/v1/jobs/{job_id}/retry", headers=retry) for _ in range(2)]
    web.delete(f"/v1/jobs/{job_id}")

    assert first.status_code == second.status_code == 202, first.text
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    assert other.status_code == 422
    assert [answer.status_code for answer in retried] == [202, 202]
    assert "idempotency-replayed" in retried[1].headers


def test_books_come_in_pages(web: httpx.Client):
    """The next page begins where the header says."""
    for number in range(3):
        files = {"file": (f"{number}.md", f"# Page {number}\n\nBook {number}.\n".encode())}
        assert web.post("/v1/batches", files=files).status_code == 202
    seen, cursor = [], "0"
    while cursor:
        answer = web.get("/v1/batches", params={"cursor": cursor, "limit": 2})
        assert len(answer.json()) <= 2
        seen += [book["id"] for book in answer.json()]
        cursor = answer.headers.get("x-next-cursor", "")

    assert len(seen) >= 3
    assert len(web.get("/v1/batches").json()) == len(set(seen))


def test_two_lengths_of_one_body_are_refused_and_nothing_behind_them_is_answered(site: Site):
    """A proxy that goes by the other one would take what follows for another client's request."""
    url = httpx.URL(site.url)
    hidden = "GET /v1/queue HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = (
        "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port), timeout=30) as connection:
        connection.sendall((head + hidden).encode())
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answers.startswith(b"HTTP/1.1 400 ")
    assert answers.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/audio/speech"])
@pytest.mark.parametrize("field", ["text", "input", "lexicon", "metadata", "speakers", "voice"])
def test_half_a_surrogate_pair_is_a_clients_fault(web: httpx.Client, path: str, field: str):
    """JSON can write it, and no other text can hold it."""
    half = '{"\\ud800": "\\udfff"}' if field in {"lexicon", "metadata", "speakers"} else '"\\ud800"'
    body = f'{{"text": "Hello.", "input": "Hello.", "{field}": {half}}}'
    answer = web.post(path, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in {400, 422}, answer.text
    whole = body.replace("\\ud800", "a").replace("\\udfff", "\\ud83d\\ude00")
    assert (
        web.post(path, content=whole, headers={"Content-Type": "application/json"}).status_code
        < 500
    )
