"""Chromium in front of a real gateway, and behind it a real worker with the real model."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.tab import Tab
from tests.conftest import run_server
from tests.fakes.web import Site

OpenTab = Callable[..., Tab]


@pytest.fixture(scope="package")
def chromium() -> str:
    """Return where Debian's Chromium is."""
    path = shutil.which("chromium")
    if path is None:
        words = "no chromium on PATH; on Debian: apt-get install chromium fonts-dejavu-core"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)
    return path


# Not for the whole session: while Playwright is open, no other test can run a loop of its own.
@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Yield Chromium without a window."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, model_dir: Path) -> Iterator[Site]:
    """Yield a gateway with a worker on the real model, loaded once for all tests of the page."""
    for server in run_server():
        made = Site(server, tmp_path_factory.mktemp("site"))
        with made.serve(), made.model_worker(model_dir):
            yield made


@pytest.fixture(scope="package")
def lonely_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Yield a gateway without any worker, whose queue holds two jobs of 300 characters."""
    for server in run_server():
        made = Site(
            server,
            tmp_path_factory.mktemp("lonely"),
            KTTS_MAX_QUEUED_JOBS="2",
            KTTS_MAX_CHARACTERS="300",
        )
        with made.serve():
            yield made


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[OpenTab]:
    """Return a function that opens an address as a new visitor would.

    A test fails at its end when a page wrote an error into the console, or broke its own policy.
    """
    tabs: list[Tab] = []

    def open_(url: str, **context: object) -> Tab:
        tab = Tab(browser.new_context(**context), url)
        tabs.append(tab)
        return tab

    yield open_
    for tab in tabs:
        tab.close()
    assert [fault for tab in tabs for fault in tab.faults] == []


@pytest.fixture
def tab(open_tab: OpenTab, site: Site) -> Iterator[Tab]:
    """Yield the page of the site whose worker speaks; no other test waits for what it leaves."""
    tab = open_tab(site.url)
    tab.await_ready()
    yield tab
    with httpx.Client(base_url=site.url) as client:
        for job in client.get("/v1/jobs", params={"limit": 200}).json()["jobs"]:
            if job["ended_at"] is None:
                client.delete(job["links"]["self"], params={"force": True})


@pytest.fixture
def lonely_tab(open_tab: OpenTab, lonely_site: Site) -> Tab:
    """Return the page of the site that has no worker."""
    with lonely_site.server.connection() as connection:
        connection.flushall()
    # A book that is still open there would be queued again.
    shutil.rmtree(lonely_site.settings.output_dir / "books", ignore_errors=True)
    tab = open_tab(lonely_site.url)
    tab.await_ready()
    return tab
