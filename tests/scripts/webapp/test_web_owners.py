"""Owners over HTTP: named by requests and tokens; their bounds, keys and lists."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from jobs.errors import StartupError
from scripts.webapp.guard.access import load_tokens
from scripts.webapp.web_settings import WebSettings
from tests.conftest import run_server
from tests.fakes.web import Site, submit

TOKENS = "ann token-of-ann\nben token-of-ben\n\nbare-token\n  ann   second-of-ann  \n"
BOOK = b"Chapter 1\n\nIt was a short book, and nobody had it read.\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a gateway with owners' tokens and bounds, where nobody works."""
    for server in run_server():
        directory = tmp_path_factory.mktemp("owners")
        tokens = directory / "tokens"
        tokens.write_text(TOKENS)
        bounds = {"KTTS_OWNER_MAX_QUEUED_JOBS": "4", "KTTS_OWNER_MAX_QUEUED_CHARACTERS": "9000"}
        log = {"KTTS_WEB_REQUEST_LOG": "text"}
        made = Site(server, directory, KTTS_WEB_TOKENS_FILE=str(tokens), **bounds, **log)
        with made.serve() as client:
            yield str(client.base_url)


@pytest.fixture
def ann(gateway: str) -> Iterator[httpx.Client]:
    """Yield a client with one of ann's tokens; her jobs end with the test, as everybody's do."""
    with _open(gateway, "token-of-ann") as client:
        yield client
        for job in client.get("/v1/jobs?status=queued&limit=200").json()["jobs"]:
            client.delete(f"/v1/jobs/{job['id']}")


@pytest.fixture
def ben(gateway: str) -> Iterator[httpx.Client]:
    """Yield a client with ben's token."""
    with _open(gateway, "token-of-ben") as client:
        yield client


def _open(gateway: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=gateway, headers=headers, timeout=60)


def _owner(client: httpx.Client, job_id: str) -> str | None:
    owner: str | None = client.get(f"/v1/jobs/{job_id}").json()["owner"]
    return owner


def test_the_token_names_the_owner_unless_the_request_does(
    gateway: str, ann: httpx.Client, ben: httpx.Client
):
    """Equal texts of two are two jobs; two tokens of one owner share one; a bare token has none."""
    with _open(gateway, "bare-token") as bare, _open(gateway, "second-of-ann") as second:
        ids = [submit(client, text="Who has this?") for client in (ann, ben, bare, second)]
        named = submit(bare, text="Who has this?", owner="cid")

        assert ids[0] == ids[3]
        assert len({*ids, named}) == 4
        owners = [_owner(ann, job_id) for job_id in (*ids[:3], named)]
        assert owners == ["ann", "ben", None, "cid"]
        assert ann.get("/v1/queue").json()["owners"]["cid"]["waiting_jobs"] == 1


def test_a_session_is_its_tokens_owner(gateway: str, ann: httpx.Client):
    """The page's cookie stands for the token that opened it; a token alone is nobody's."""
    with httpx.Client(base_url=gateway) as page:
        page.post("/session", json={"token": "token-of-ben"})
        assert _owner(ann, submit(page, text="From the page.")) == "ben"
        page.headers["Authorization"] = "Bearer bare-token"
        assert _owner(ann, submit(page, text="From the page.")) is None


def test_an_owner_over_the_bound_is_told_when_to_come_again(ann: httpx.Client, ben: httpx.Client):
    """429 with Retry-After for one owner, in both shapes of errors, while another goes on."""
    for number in range(4):
        submit(ann, text=f"Text {number}.")

    refused = ann.post("/v1/jobs", json={"text": "One too many."})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"] == "OwnerQueueFull"
    assert "of owner 'ann'" in refused.json()["detail"]
    assert submit(ann, text="Text 0.")  # a job that is there needs no room
    submit(ben, text="x" * 8_000)
    assert ben.post("/v1/jobs", json={"text": "y" * 2_000}).status_code == 429


def test_a_key_is_its_owners(ann: httpx.Client, ben: httpx.Client):
    """The same idempotency key of two owners is two; nobody gets the other's answer or refusal."""
    headers = {"Idempotency-Key": "key-of-everybody"}
    mine = ann.post("/v1/jobs", json={"text": "Ann's."}, headers=headers)
    other = ben.post("/v1/jobs", json={"text": "Ben's."}, headers=headers)
    again = ann.post("/v1/jobs", json={"text": "Ann's."}, headers=headers)

    assert (mine.status_code, other.status_code) == (202, 202)
    assert mine.json()["id"] != other.json()["id"]
    assert again.json() == mine.json()
    for_another = ann.post("/v1/jobs", json={"text": "Ben's.", "owner": "cid"}, headers=headers)
    assert for_another.status_code == 202


def test_lists_are_by_owner_where_they_are_asked_to_be(ann: httpx.Client, ben: httpx.Client):
    """Each page is of one owner alone; without a filter a token sees all, as it may do all."""
    mine = [submit(ann, text=f"Listed {number}.") for number in range(3)]
    other = submit(ben, text="Listed too.")

    found: list[str] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = ben.get("/v1/jobs", params={"owner": "ann", "cursor": cursor, "limit": 2}).json()
        assert {job["owner"] for job in page["jobs"]} == {"ann"}
        found += [job["id"] for job in page["jobs"] if job["status"] == "queued"]
        cursor = page["next_cursor"]

    assert found == mine
    everything = ann.get("/v1/jobs?status=queued").json()["jobs"]
    assert {*mine, other} <= {job["id"] for job in everything}


def test_books_and_their_parts_are_their_owners(ann: httpx.Client, ben: httpx.Client):
    """The same book of two owners is two batches without a job in common."""
    books = []
    for client in (ann, ben):
        answer = client.post("/v1/batches", files={"file": ("book.txt", BOOK)})
        assert answer.status_code == 202, answer.text
        books.append(answer.json()["id"])
    named = ann.post(
        "/v1/batches", files={"file": ("book.txt", BOOK)}, data={"owner": "ben"}
    ).json()["id"]

    assert named == books[1] != books[0]
    listed = ann.get("/v1/batches", params={"owner": "ben"}).json()
    assert [(book["id"], book["owner"]) for book in listed] == [(books[1], "ben")]
    parts = [
        {job["id"] for job in ann.get("/v1/jobs", params={"owner": owner}).json()["jobs"]}
        for owner in ("ann", "ben")
    ]
    assert parts[0]
    assert parts[0].isdisjoint(parts[1])
    ann.delete(f"/v1/batches/{books[0]}")
    assert ben.get(f"/v1/batches/{books[1]}").json()["status"] == "queued"
    assert ann.post(f"/v1/batches/{books[0]}/retry").json()["id"] == books[0]
    for book in books:
        ann.delete(f"/v1/batches/{book}")


@pytest.mark.parametrize("name", ["", "a b", "\x1b[31m", "a" * 65, "../x", 'a"b', "M\u00fcller"])
def test_a_name_that_is_none_is_refused_everywhere(ann: httpx.Client, name: str):
    """422 that names the field, in a text, a book and both lists."""
    answers = [
        ann.post("/v1/jobs", json={"text": "x", "owner": name}),
        ann.get("/v1/jobs", params={"owner": name}),
        ann.get("/v1/batches", params={"owner": name}),
    ]
    if name:  # an empty field of a form is one that is not filled in
        files = {"file": ("book.txt", BOOK)}
        answers.append(ann.post("/v1/batches", files=files, data={"owner": name}))
    for answer in answers:
        assert (answer.status_code, answer.json()["field"]) == (422, "owner")


def test_one_upload_at_a_time_has_a_key(ann: httpx.Client):
    """Of two equal uploads under one key one is done; the other is told so, or its answer."""
    headers = {"Idempotency-Key": "one-upload"}

    def upload(_: int) -> httpx.Response:
        return ann.post("/v1/batches", files={"file": ("book.txt", BOOK)}, headers=headers)

    with ThreadPoolExecutor(2) as clients:
        answers = list(clients.map(upload, range(2)))

    done = [answer for answer in answers if answer.status_code == 202]
    assert sum("idempotency-replayed" not in answer.headers for answer in done) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    ann.delete(f"/v1/batches/{done[0].json()['id']}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("a/b token\n", "the name before web token 1 is no owner's"),
        ("ann two tokens\n", "web token 1 has characters"),
        ("ann same\nben same\n", "web token 2 is another owner's"),
    ],
)
def test_a_wrong_line_of_tokens_is_said_without_the_token(tmp_path, lines: str, message: str):
    """Before anything listens; a secret is not told."""
    file = tmp_path / "tokens"
    file.write_text(lines)
    with pytest.raises(StartupError, match=message) as caught:
        load_tokens(WebSettings(web_tokens_file=file))
    assert lines.split()[1] not in str(caught.value).replace("web token", "")


def test_names_stand_before_tokens(tmp_path):
    """Spaces, tabs and empty lines are nothing; tokens of the setting have no name."""
    file = tmp_path / "tokens"
    file.write_text(TOKENS + "cid\ttabbed\n")
    settings = WebSettings(web_tokens="first,second", web_tokens_file=file)
    assert load_tokens(settings) == {
        "first": "",
        "second": "",
        "token-of-ann": "ann",
        "token-of-ben": "ben",
        "bare-token": "",
        "second-of-ann": "ann",
        "tabbed": "cid",
    }
