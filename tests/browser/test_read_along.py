"""A book to read along in a reader of others: what foliate-js shows is what is heard."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import av
import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.builders.epubs import page, write_epub
from tests.builders.finished_book import make_picture
from tests.builders.read_along import make_read_along, read_files

READER = "foliate-js@1.0.1"
SPOT_CHECKS = 10
TOLERANCE_SECONDS = 0.3
LENGTHS = range(2, 13)
"""Letters of the words in each sentence: the stand-in says these at a pitch of their own."""
SHELL = """<!doctype html><meta charset="utf-8"><title>reader</title>
<body style="margin:0;height:100vh"><script type="module">
import "./foliate/view.js";
window.players = [];
const Plain = window.Audio;
window.Audio = class extends Plain { constructor(...a) { super(...a); players.push(this); } };
const view = document.createElement("foliate-view");
view.style.height = "100vh";
document.body.append(view);
const file = new File([await (await fetch("book.epub")).blob()], "book.epub");
await view.open(file);
await view.renderer.goTo({ index: 1 });
const seen = window.seen = [];
const shown = () => view.renderer.getContents()
  .map(({ doc }) => doc.querySelector("." + CSS.escape(view.book.media.activeClass)))
  .find(Boolean)?.textContent ?? "";
const look = () => {
  const player = players.at(-1);
  if (player && !player.paused) seen.push([player.currentTime, shown(), players.length]);
  requestAnimationFrame(look);
};
window.play = () => { look(); return view.startMediaOverlay(); };
window.isReady = true;
</script>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with foliate-js, fetched from npm."""
    folder = tmp_path_factory.mktemp("reader")
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH; on Debian: apt-get install npm")
    packed = subprocess.run(
        ["npm", "pack", "--silent", READER], cwd=folder, capture_output=True, text=True, check=False
    )
    if packed.returncode:
        pytest.skip(f"npm does not give {READER}: {packed.stderr.strip()[-200:]}")
    with tarfile.open(folder / packed.stdout.split()[-1]) as file:
        file.extractall(folder, filter="data")
    (folder / "package").rename(folder / "foliate")
    return folder


@pytest.fixture
def address(reader: Path) -> Iterator[str]:
    """Serve the reader and its book."""
    handler = partial(_QuietHandler, directory=str(reader))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_sentence_that_is_shown_is_the_one_that_is_heard(
    tmp_path: Path, reader: Path, address: str, browser: Browser
) -> None:
    """Ten sentences on two pages: the pitch at each moment is that of the words that are shown."""
    sentences = [" ".join(["a" * length] * 4).capitalize() + "." for length in LENGTHS]
    half = len(sentences) // 2
    # This version of foliate-js never marks anything on a book's first page.
    pages = {"cover.xhtml": page('<img src="p.png" alt=""/>')} | {
        f"{n}.xhtml": page("".join(f"<p>{one}</p>" for one in some))
        for n, some in enumerate((sentences[:half], sentences[half:]))
    }
    book = make_read_along(
        write_epub(tmp_path / "b.epub", pages, extra={"p.png": make_picture()}), tmp_path
    )
    shutil.copy(book, reader / "book.epub")
    (reader / "index.html").write_text(SHELL, encoding="utf-8")

    seen = _play(browser, address, sentences[-1])

    samples = _decode(read_files(book))
    checked = set()
    for seconds, shown, player in seen:
        if shown in sentences and shown not in checked:
            length = len(shown.split()[0])
            near = [
                _hear(samples[player - 1], seconds + step)
                for step in np.arange(-TOLERANCE_SECONDS, TOLERANCE_SECONDS, 0.05)
            ]
            assert any(abs(pitch - _pitch_of(length)) < 10 for pitch in near), (seconds, shown)
            checked.add(shown)
    assert len(checked) >= SPOT_CHECKS


def _play(browser: Browser, address: str, last: str) -> list[tuple[float, str, int]]:
    """Play a book up to its last sentence; return time, what is shown, and which file plays."""
    context = browser.new_context()
    try:
        tab = context.new_page()
        tab.goto(address)
        tab.wait_for_function("window.isReady", timeout=60_000)
        tab.evaluate("void play()")
        tab.wait_for_function(
            "last => seen.some(each => each[1] === last)", arg=last, timeout=120_000
        )
        return [tuple(each) for each in tab.evaluate("seen")]
    finally:
        context.close()


def _decode(files: dict[str, bytes]) -> list[np.ndarray]:
    """Return the samples of each chapter's audio, in order."""
    decoded = []
    for name in sorted(name for name in files if name.endswith(".m4a")):
        with av.open(io.BytesIO(files[name])) as container:
            decoded.append(np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)]))
    return decoded


def _hear(samples: np.ndarray, seconds: float) -> float:
    """Return the pitch around a moment in hertz; 0 where it is silent."""
    start = max(0, round((seconds - 0.03) * 24_000))
    piece = samples[start : start + 1_440]
    if not piece.size or np.abs(piece).max() < 0.02:
        return 0.0
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(piece.size), 24_000))
    return float(spectrum.argmax())


def _pitch_of(length: int) -> float:
    return 200.0 + 40 * length


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
