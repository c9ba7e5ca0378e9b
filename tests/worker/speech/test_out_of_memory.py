from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import pytest
import torch

from jobs.errors import SynthesisError
from worker.engine import Segment
from worker.speech.out_of_memory import HALVED, MOVED, speak_within_memory, split_tokens

SPACE = 16
TOKENS = [1, 2, 3, SPACE, 5, 6, 7, 8]


class Card:
    """An accelerator that speaks 10 samples per token while there is room."""

    def __init__(self, room: int, frees: int = 0, error: str = "CUDA out of memory") -> None:
        self.room, self.frees, self.error = room, frees, error
        self.freed = 0
        self.spoken: list[list[int]] = []

    def free(self) -> None:
        self.freed += 1
        self.room += self.frees

    def speak(self, tokens: list[int]) -> Segment:
        if len(tokens) > self.room:
            raise torch.OutOfMemoryError(self.error)
        self.spoken.append(tokens)
        samples = np.repeat(np.array(tokens, dtype=np.float32), 10)
        return Segment(samples, (10,) * len(tokens))


def run(card: Card, on_cpu: Callable[[list[int]], Segment] | None = None) -> Segment:
    """Speak the tokens on `card`; the CPU has room for all."""
    return speak_within_memory(
        TOKENS, card.speak, free=card.free, on_cpu=on_cpu or Card(99).speak, space=SPACE
    )


def test_with_room_nothing_happens() -> None:
    """The usual chunk is spoken once, and the segment says nothing."""
    card = Card(room=8)

    segment = run(card)

    assert card.spoken == [TOKENS]
    assert card.freed == 0
    assert segment.detour == ""


def test_first_the_cache_is_freed(caplog: pytest.LogCaptureFixture) -> None:
    """Room that the cache held is enough; the bytes are the usual ones."""
    card = Card(room=4, frees=4)

    with caplog.at_level(logging.WARNING):
        segment = run(card)

    assert card.spoken == [TOKENS]
    assert segment.detour == ""
    assert [record.message for record in caplog.records] == [
        "out of memory for 8 phonemes (CUDA out of memory): once more with the cache freed"
    ]


def test_then_the_chunk_is_spoken_in_halves() -> None:
    """The halves part at the space, nothing is lost, and the segment says so."""
    card = Card(room=4)

    segment = run(card)

    assert card.spoken == [TOKENS[:4], TOKENS[4:]]
    assert segment.samples.tolist() == np.repeat(np.array(TOKENS), 10).tolist()
    assert sum(segment.phoneme_samples) == len(segment.samples)
    assert segment.detour == HALVED


def test_then_the_chunk_moves_to_the_cpu(caplog: pytest.LogCaptureFixture) -> None:
    """Three steps, each logged once, and the whole chunk is spoken elsewhere."""
    with caplog.at_level(logging.WARNING):
        segment = run(Card(room=0))

    assert len(segment.samples) == 80
    assert segment.detour == MOVED
    assert [record.message.rpartition(": ")[2] for record in caplog.records] == [
        "once more with the cache freed",
        "in two halves",
        "on the CPU",
    ]


def test_in_the_end_the_chunk_fails() -> None:
    """No memory anywhere is an error with the next step, never missing audio."""
    with pytest.raises(SynthesisError, match=r"out of memory for 8 phonemes, .*run fewer workers"):
        run(Card(room=0), on_cpu=Card(room=0).speak)


def test_other_errors_pass_through() -> None:
    """What is not about memory is not retried."""

    def speak(tokens: list[int]) -> Segment:
        raise RuntimeError("an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal memory access"):
        speak_within_memory(TOKENS, speak, free=lambda: None, on_cpu=speak, space=SPACE)


@pytest.mark.parametrize(
    ("tokens", "halves"),
    [
        ([1, 2, 3, 4], ([1, 2], [3, 4])),
        ([1, SPACE, 3, 4, 5, 6, SPACE, 8], ([1, SPACE], [3, 4, 5, 6, SPACE, 8])),
        ([1, 2, 3, SPACE], ([1, 2], [3, SPACE])),
        ([1], ([], [1])),
    ],
    ids=["no-space", "nearest", "space-at-end", "one"],
)
def test_a_chunk_is_parted_at_a_space(
    tokens: list[int], halves: tuple[list[int], list[int]]
) -> None:
    """After the space nearest the middle, else in the middle."""
    assert split_tokens(tokens, SPACE) == halves
