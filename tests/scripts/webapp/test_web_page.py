"""The page as the server gives it: its files, its headers, and what it must not hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest

from scripts.webapp.routes.page_routes import MEDIA_TYPES, PAGE_DIR
from tests.fakes.web import Site

FILES = sorted(path.name for path in PAGE_DIR.iterdir())
MODULES = [name for name in FILES if name.endswith(".js")]


class Elements(HTMLParser):
    """Every start tag with its attributes, and the text inside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"}:
            self.inline += data

    def values(self, attribute: str) -> list[str]:
        return [given for _, had in self.found if (given := had.get(attribute))]


@pytest.fixture
def page(web: httpx.Client) -> Elements:
    """Return what the page consists of."""
    return Elements(web.get("/").text)


def test_the_page_is_html_that_nobody_else_may_frame_or_feed(web: httpx.Client):
    """Scripts, styles, sounds and calls come from the own server; the type is not guessed."""
    answer = web.get("/")
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("unsafe" in sources or "*" in sources for sources in policy.values())


@pytest.mark.parametrize("name", FILES)
def test_each_file_has_its_type_and_is_sent_once(web: httpx.Client, name: str):
    """A browser that has a file asks, and is told that it is still the same."""
    answer = web.get(f"/page/{name}")
    again = web.get(f"/page/{name}", headers={"If-None-Match": answer.headers["etag"]})
    weak = web.get(f"/page/{name}", headers={"If-None-Match": f'"x", W/{answer.headers["etag"]}'})
    other = web.get(f"/page/{name}", headers={"If-None-Match": '"x"'})

    assert answer.content == (PAGE_DIR / name).read_bytes()
    assert answer.headers["content-type"] == MEDIA_TYPES[f".{name.rpartition('.')[2]}"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert [again.status_code, weak.status_code, other.status_code] == [304, 304, 200]
    assert again.content == b""
    assert again.headers["etag"] == answer.headers["etag"]


def test_head_says_what_get_would(web: httpx.Client):
    """A look at the page's head costs no body."""
    got, looked = web.get("/"), web.head("/")

    assert looked.content == b""
    assert looked.headers["content-length"] == str(len(got.content))
    assert looked.headers["etag"] == got.headers["etag"]


@pytest.mark.parametrize(
    "path", ["/page/nothing.js", "/page/", "/page/..%2Fapp.py", "/page/%2e%2e/app.py", "/app.py"]
)
def test_nothing_else_is_a_file_of_the_page(web: httpx.Client, path: str):
    """What is not one of the page's files is 404, wherever it may lie."""
    assert web.get(path).status_code == 404


def test_every_file_that_the_page_names_is_there(web: httpx.Client, page: Elements):
    """Each link, script and import leads to a file, and every module is loaded early."""
    named = [path for path in page.values("href") + page.values("src") if path.startswith("page/")]
    imported = {
        f"page/{found}"
        for module in MODULES
        for found in re.findall(r'from "\./([^"]+)"', (PAGE_DIR / module).read_text())
    }
    preloaded = {had["href"] for _, had in page.found if had.get("rel") == "modulepreload"}

    assert len(named) > 10
    for path in {*named, *imported}:
        assert web.head(f"/{path}").status_code == 200, path
    assert preloaded == imported
    assert {path.removeprefix("page/") for path in {*named, *imported}} == {*FILES} - {"index.html"}


def test_the_page_has_no_script_or_style_of_its_own(page: Elements):
    """Nothing inline, so that the policy needs no exception; nothing from elsewhere."""
    assert page.inline.strip() == ""
    for tag, attributes in page.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
    for name in FILES:
        text = (PAGE_DIR / name).read_text()
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text), name
        assert "@import" not in text, name


def test_every_field_has_a_name_and_every_id_stands_once(page: Elements):
    """Who does not see the page is told what each field is."""
    ids = page.values("id")
    labelled = set(page.values("for"))
    fields = [had for tag, had in page.found if tag in {"input", "select", "textarea"}]
    wrapped = {"filter", "book-split"}  # these stand inside their labels

    assert len(ids) == len(set(ids))
    assert labelled <= set(ids)
    for field in fields:
        named = field.get("aria-label") or field.get("id") in labelled | wrapped
        assert named, field
    for referred in page.values("aria-labelledby") + page.values("aria-controls"):
        assert referred in ids


def test_the_page_loads_without_a_token_and_asks_for_it(site: Site):
    """The files are no secret; what they show is, and the page finds out that it needs a token."""
    with site.serve(KTTS_WEB_TOKENS="a-token-of-the-test") as client:
        page = client.get("/")
        module = client.get("/page/main.js")
        session = client.get("/session").json()
        queue = client.get("/v1/queue")

    assert (page.status_code, module.status_code, queue.status_code) == (200, 200, 401)
    assert session == {"needs_token": True, "is_open": False}


def test_without_a_token_the_page_is_for_this_machine(web: httpx.Client):
    """Another site's name for this address does not get the page either."""
    assert web.get("/", headers={"Host": "evil.example"}).status_code == 403
