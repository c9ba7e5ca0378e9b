"""Who is let in: with a token everybody, without one this machine alone."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.fakes.web import Site

TOKEN = "a-token-of-the-test"
GUARDED = [
    ("GET", "/v1/jobs"),
    ("POST", "/v1/jobs"),
    ("GET", f"/v1/jobs/{'0' * 32}"),
    ("DELETE", f"/v1/jobs/{'0' * 32}"),
    ("GET", f"/v1/jobs/{'0' * 32}/audio"),
    ("GET", f"/v1/jobs/{'0' * 32}/events"),
    ("GET", "/v1/queue"),
    ("GET", "/v1/voices"),
    ("GET", "/v1/models"),
    ("GET", "/v1/audio/voices"),
    ("POST", "/v1/audio/speech"),
    ("POST", "/v1/batches"),
    ("GET", "/v1/nothing"),
]


@pytest.fixture(scope="module")
def guarded(site: Site) -> Iterator[str]:
    """Yield the address of a gateway with a token, open to the network."""
    with site.serve(KTTS_WEB_TOKENS=f"another, {TOKEN}", KTTS_WEB_HOST="0.0.0.0") as client:
        yield str(client.base_url).replace("0.0.0.0", "127.0.0.1")


@pytest.mark.parametrize(
    "token", [None, "x", "wrong", TOKEN + "x", TOKEN[:-1], "another,", "ünïcode"]
)
@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nothing_is_had_without_the_token(guarded: str, method: str, path: str, token: str | None):
    """Every route of the API is 401 without a right token, and says how to send one."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}".encode()}
    answer = httpx.request(method, guarded + path, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "token" in answer.text


@pytest.mark.parametrize("token", [TOKEN, "another"])
def test_each_of_several_tokens_opens(guarded: str, token: str):
    """Tokens can be changed one after the other."""
    answer = httpx.get(f"{guarded}/v1/queue", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200


def test_a_page_keeps_its_token_in_a_cookie(guarded: str):
    """Audio elements cannot send headers: the cookie opens, scripts cannot read it."""
    with httpx.Client(base_url=guarded) as client:
        wrong = client.post("/session", json={"token": "wrong"})
        before = client.get("/session").json()
        right = client.post("/session", json={"token": TOKEN})
        inside = client.get("/v1/queue")
        session = client.get("/session").json()
        client.delete("/session")
        after = client.get("/v1/queue")

    cookie = right.headers["set-cookie"].lower()
    assert (wrong.status_code, right.status_code, inside.status_code) == (401, 204, 200)
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (before["is_open"], session["is_open"]) == (False, True)
    assert after.status_code == 401


def test_the_probe_and_the_description_need_no_token(guarded: str):
    """Whoever watches over containers holds no token."""
    assert httpx.get(f"{guarded}/health").json() == {"status": "ok"}
    assert httpx.get(f"{guarded}/openapi.json").status_code == 200


def test_a_page_of_another_site_changes_nothing(web: httpx.Client):
    """A browser that visits elsewhere must not be used to submit or cancel here."""
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        answer = web.post("/v1/jobs", json={"text": "x"}, headers={"Origin": origin})
        assert answer.status_code == 403
    own = {"Origin": str(web.base_url).rstrip("/")}
    assert web.post("/v1/jobs", json={"text": "From the own page."}, headers=own).status_code == 202


def test_a_foreign_name_for_this_machine_is_refused(web: httpx.Client):
    """A site whose name points here (DNS rebinding) gets nothing without a token."""
    assert web.get("/v1/queue", headers={"Host": "evil.example"}).status_code == 403
    assert web.get("/v1/queue", headers={"Host": "localhost:80"}).status_code == 200


def test_only_named_origins_may_call(site: Site):
    """CORS is off unless an origin is named, and then for that one alone."""
    with site.serve(KTTS_WEB_ORIGINS="https://app.example") as client:
        asked = {"Access-Control-Request-Method": "POST"}
        good = client.options("/v1/jobs", headers=asked | {"Origin": "https://app.example"})
        bad = client.options("/v1/jobs", headers=asked | {"Origin": "https://evil.example"})
        call = client.get("/v1/queue", headers={"Origin": "https://app.example"})

    assert good.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-origin" not in bad.headers
    assert call.headers["access-control-allow-origin"] == "https://app.example"
    assert "X-Next-Cursor" in call.headers["access-control-expose-headers"]


def test_it_does_not_listen_to_the_network_without_a_token(site: Site):
    """The program ends with 78 and says what to set; nothing listens."""
    for host in ("0.0.0.0", "::", socket.gethostname()):
        done = subprocess.run(
            [sys.executable, "-m", "scripts.cli", "web", "--host", host, "--port", "0"],
            env=site.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 78
        assert "set KTTS_WEB_TOKENS" in done.stderr
        assert done.stdout == ""


def test_an_address_that_is_taken_is_said(site: Site, web: httpx.Client):
    """The program ends with 78 and names the port."""
    port = str(web.base_url.port)
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "web", "--port", port],
        env=site.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 78
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr


def test_a_session_is_random_and_ends_with_its_revoking(guarded: str):
    """The cookie says nothing of the token; after it was revoked a copy of it opens nothing."""
    with httpx.Client(base_url=guarded) as client:
        client.post("/session", json={"token": TOKEN})
        stolen = dict(client.cookies)
        [value] = stolen.values()
        assert httpx.get(f"{guarded}/v1/queue", cookies=stolen).status_code == 200
        client.delete("/session")

    assert TOKEN not in value
    assert len(value) >= 43
    assert httpx.get(f"{guarded}/v1/queue", cookies=stolen).status_code == 401
    assert httpx.get(f"{guarded}/v1/queue", cookies={"ktts_token": TOKEN}).status_code == 401


def test_a_removed_token_ends_its_sessions(site: Site):
    """Whoever takes a token out of the settings takes it from the browsers, too."""
    with site.serve(KTTS_WEB_TOKENS="old,new", KTTS_WEB_COOKIE_SECURE="true") as client:
        opened = client.post("/session", json={"token": "old"})
        cookies = dict(client.cookies)
    with site.serve(KTTS_WEB_TOKENS="new") as client:
        answer = client.get("/v1/queue", headers={"Cookie": _join(cookies)})

    assert "secure" in opened.headers["set-cookie"].lower()
    assert answer.status_code == 401


def test_guesses_are_slowed_and_logged(site: Site):
    """After a hundred wrong tokens an address waits, but for who had a right one from there."""
    wrong, right = {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer right"}
    with site.serve(KTTS_WEB_TOKENS="right,other") as client:
        assert client.get("/v1/queue", headers=right).status_code == 200
        answers = [client.get("/v1/queue", headers=wrong).status_code for _ in range(101)]
        late = client.get("/v1/queue", headers={"Authorization": "Bearer other"})
        login = client.post("/session", json={"token": "other"})
        known = client.get("/v1/queue", headers=right)
    log = max(site.directory.glob("cli-*.log"), key=lambda path: path.stat().st_mtime).read_text()

    assert answers == [401] * 100 + [429]
    assert (late.status_code, login.status_code, known.status_code) == (429, 429, 200)
    assert late.headers["retry-after"] == "60"
    assert "100 wrong token(s) from 127.0.0.1" in log
    assert "Bearer" not in log


@pytest.mark.parametrize("host", ["[", "[::1", "a:b", "x:99999"])
def test_a_host_that_is_none_is_a_wrong_request(web: httpx.Client, host: str):
    """The client is told so; the server does not fail on it."""
    answer = web.get("/v1/queue", headers={"Host": host})

    assert answer.status_code == 400


def test_nothing_is_embedded_by_other_sites(web: httpx.Client):
    """Browsers say who embeds an answer, and are told that nobody may."""
    for site_ in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site_, "Sec-Fetch-Mode": "no-cors"}
        assert web.get("/v1/queue", headers=headers).status_code == 403
    own = web.get("/v1/queue", headers={"Sec-Fetch-Site": "same-origin"})

    assert own.status_code == 200
    assert own.headers["cross-origin-resource-policy"] == "same-origin"
    origin = {"Origin": "http://["}
    assert web.post("/v1/jobs", json={"text": "x"}, headers=origin).status_code == 403


def _join(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
