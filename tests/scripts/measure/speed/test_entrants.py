"""Who takes part: what is there, what is installed for it, and how each is started."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from scripts.measure.speed import entrants
from scripts.measure.speed.contestant import VOICE
from scripts.measure.speed.entrants import ONNX, UPSTREAM, Venue, find_missing, make_peer
from scripts.measure.speed.peer import Peer

pytestmark = pytest.mark.heavy


@pytest.fixture
def venue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Venue:
    """Return an empty place where nothing is installed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Venue(tmp_path, tmp_path / "model", {"PYTHONPATH": "/kept"}, 3, lambda _: None)


def test_a_peer_is_installed_beside_the_product(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is missing, with what would help, until it lies in the folder of its own."""
    commands: list[list[str]] = []

    def run_client(command: list[str], *, label: str) -> None:
        commands.append([*command, label])
        (entrants.peers_folder() / "kokoro_onnx").mkdir(parents=True)

    monkeypatch.setattr(entrants, "run_client", run_client)

    assert "--install-peers" in find_missing()[ONNX]
    entrants.install_peers(venue.tell)

    assert find_missing() == {}
    assert entrants.peers_folder().is_relative_to(venue.folder / "cache")
    [command] = commands
    assert command[0] == sys.executable
    assert f"--target={entrants.peers_folder()}" in command
    assert command[-2:] == [entrants.ONNX_REQUIREMENT] * 2


def test_upstream_is_started_with_the_same_model_and_threads(venue: Venue) -> None:
    """It reads the directory of this product."""
    peer = make_peer(UPSTREAM, venue)

    assert isinstance(peer, Peer)
    assert peer.name == UPSTREAM
    assert peer._command[-3:] == [str(venue.model_dir), VOICE, "3"]
    assert peer._environment == venue.environment


def test_onnx_gets_its_graph_the_same_voice_and_its_own_packages(
    venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The voice has the very numbers; what was on the path stays behind the peer's packages."""
    torch = pytest.importorskip("torch")
    style = torch.arange(6, dtype=torch.float32).reshape(3, 1, 2)
    (venue.model_dir / "voices").mkdir(parents=True)
    torch.save(style, venue.model_dir / "voices" / f"{VOICE}.pt")

    @contextmanager
    def open_downloads(_tell: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(entrants, "open_downloads", open_downloads)
    monkeypatch.setattr(entrants, "join_graph", lambda path, *_: path)
    monkeypatch.setattr(
        "worker.speech.model.tensors.load_voice", lambda path: torch.load(path, weights_only=True)
    )

    peer = make_peer(ONNX, venue)

    assert isinstance(peer, Peer)
    graph, voices, name = peer._command[-3:]
    assert (Path(graph).name, name) == ("kokoro-int8.onnx", VOICE)
    assert np.array_equal(np.load(voices)[VOICE], style.numpy())
    path = f"{entrants.peers_folder()}{os.pathsep}/kept"
    assert peer._environment["PYTHONPATH"] == path
