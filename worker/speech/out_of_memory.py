"""Speaks a chunk although the accelerator is out of memory.

The steps are: free the cache and try again; speak the chunk in two halves; speak it on the CPU;
fail. Each step is tried once per chunk and logged. Halves and the CPU give other bytes than usual,
so the segment records which of them made it.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from jobs.errors import SynthesisError
from worker.engine import Segment

log = logging.getLogger(__name__)

Speak = Callable[[list[int]], Segment]
"""Speaks tokens that exclude the boundaries."""

HALVED = "halved"
MOVED = "moved to the CPU"


def speak_within_memory(
    tokens: list[int], speak: Speak, *, free: Callable[[], None], on_cpu: Speak, space: int
) -> Segment:
    """Speak `tokens`, one chunk, by the first step that has enough memory.

    Args:
        tokens: one chunk.
        speak: speaks on the accelerator.
        free: gives cached memory back.
        on_cpu: speaks on the CPU.
        space: the token at which to split a chunk.

    Raises:
        SynthesisError: the CPU has not enough memory either.
    """
    steps: tuple[tuple[str, Callable[[], Segment]], ...] = (
        ("once more with the cache freed", lambda: speak(tokens)),
        ("in two halves", lambda: _speak_halves(tokens, speak, space)),
        ("on the CPU", lambda: replace(on_cpu(tokens), detour=MOVED)),
    )
    try:
        return speak(tokens)
    except RuntimeError as exc:
        _require_memory_error(exc)
        reason = str(exc).partition("\n")[0]
    for description, step in steps:
        log.warning("out of memory for %s phonemes (%s): %s", len(tokens), reason, description)
        free()
        try:
            return step()
        except RuntimeError as exc:
            _require_memory_error(exc)
            reason = str(exc).partition("\n")[0]
    raise SynthesisError(
        f"out of memory for {len(tokens)} phonemes, also on the CPU ({reason}); "
        "run fewer workers on this machine"
    )


def split_tokens(tokens: list[int], space: int) -> tuple[list[int], list[int]]:
    """Split a chunk after the space nearest its middle, or in the middle where it has none."""
    middle = len(tokens) // 2
    spaces = [index + 1 for index, token in enumerate(tokens[:-1]) if token == space]
    cut = min(spaces, key=lambda index: abs(index - middle), default=middle)
    return tokens[:cut], tokens[cut:]


def _speak_halves(tokens: list[int], speak: Speak, space: int) -> Segment:
    halves = [speak(half) for half in split_tokens(tokens, space) if half]
    return Segment(
        np.concatenate([half.samples for half in halves]),
        tuple(count for half in halves for count in half.phoneme_samples),
        detour=HALVED,
    )


def _require_memory_error(exc: RuntimeError) -> None:
    """Raise `exc` again unless it means that memory is short."""
    if not isinstance(exc, torch.OutOfMemoryError) and "out of memory" not in str(exc):
        raise exc
