"""MP4 files of made-up packets, with ffmpeg's muxer and with ours."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from worker.audio.mp4 import SIZE_LIMIT, write_mp4
from worker.audio.spool import open_spool

CLOCK = Fraction(1, 24_000)
PRIMING = 1_024


def mux_plainly(path: Path, sizes: list[int], durations: list[int]) -> None:
    """Write a file with ffmpeg's muxer, which moves the index to the front."""
    _mux(str(path), {"movflags": "+faststart"}, sizes, durations, iter)


def mux_flatly(
    path: Path, sizes: list[int], durations: list[int], *, limit: int = SIZE_LIMIT
) -> None:
    """Write the same file through an outline."""
    outline = io.BytesIO()
    with open_spool(path.parent) as spool:
        _mux(outline, {}, sizes, durations, spool.outline)
        write_mp4(path, outline.getbuffer(), spool, limit=limit)


def _mux(
    target: str | io.BytesIO,
    options: dict[str, str],
    sizes: list[int],
    durations: list[int],
    choose: Callable[[Iterator[Any]], Iterable[Any]],
) -> None:
    with av.open(target, "w", format="mp4", options=options) as output:
        output.flags |= av.container.Flags.bitexact.value
        audio = output.add_stream("aac", rate=24_000, layout="mono", bit_rate=64_000)
        audio.time_base = CLOCK
        end = sum(durations) - PRIMING
        middle = max(1, end // 2)
        output.set_chapters(
            [
                {
                    "id": 0,
                    "start": 0,
                    "end": middle,
                    "time_base": CLOCK,
                    "metadata": {"title": "a"},
                },
                {"id": 1, "start": middle, "end": end, "time_base": CLOCK, "metadata": {}},
            ]
            if end > middle
            else []
        )
        output.start_encoding()
        for packet in choose(_make_packets(audio, sizes, durations)):
            output.mux(packet)


def _make_packets(audio: Any, sizes: list[int], durations: list[int]) -> Iterator[Any]:
    at = -PRIMING
    for number, (size, duration) in enumerate(zip(sizes, durations, strict=True)):
        packet = av.Packet(bytes([number % 100]) * size)
        packet.stream, packet.time_base = audio, CLOCK
        packet.pts = packet.dts = at
        packet.duration = duration
        at += duration
        yield packet
