"""A peer in a process of its own, asked one text at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from jobs.errors import StartupError
from scripts.measure.speed.peer import Peer
from tests.conftest import ROOT


@pytest.fixture
def make_peer(tmp_path: Path) -> Iterator[Callable[[str], Peer]]:
    """Return a function that makes a posed peer; each is ended with the test."""
    with ExitStack() as stack:

        def make(mode: str) -> Peer:
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            log = tmp_path / "peer.log"
            peer = Peer("posed", "tests.fakes.posed_peer", [mode], environment=environment, log=log)
            stack.callback(peer.stop)
            return peer

        yield make


def test_a_peer_speaks_text_after_text(make_peer: Callable[[str], Peer]) -> None:
    """What a library prints goes to the log, and does not come between the answers."""
    peer = make_peer("sound")

    assert peer.start() > 0
    first, second = peer.speak("four word\ntext"), peer.speak("é")
    assert (first.audio_seconds, first.characters) == (3.0, 14)
    assert 0 < first.first_chunk_seconds <= first.wall_seconds
    assert second.audio_seconds == 0.25
    assert (peer.peak_bytes() or 1 << 20) >= 1 << 20


def test_a_peer_that_does_not_load_says_why(make_peer: Callable[[str], Peer]) -> None:
    """Its last words are the error."""
    with pytest.raises(StartupError, match="posed has ended: no such model"):
        make_peer("broken").start()


def test_a_peer_that_dies_at_work_says_why(make_peer: Callable[[str], Peer]) -> None:
    """As above, for the text and for the one after it."""
    peer = make_peer("fragile")
    peer.start()

    for _ in range(2):
        with pytest.raises(StartupError, match="posed has ended: out of memory"):
            peer.speak("a")


def test_stopping_twice_is_harmless(make_peer: Callable[[str], Peer]) -> None:
    """A stopped peer has no memory, and can be started again."""
    peer = make_peer("sound")
    peer.start()
    peer.stop()
    peer.stop()

    assert peer.peak_bytes() is None
    peer.start()
    assert peer.speak("abcd").audio_seconds == 1.0
