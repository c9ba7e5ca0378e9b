"""The peer ``kokoro-onnx``: ONNX Runtime with the int8 graph, as its README uses it.

python -m scripts.measure.speed.onnx GRAPH VOICES VOICE
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scripts.measure.speed.answering import Speak, serve


def main(argv: list[str]) -> int:
    """Serve until the end of the input."""
    graph, voices, voice = argv
    return serve(lambda: _load(graph, voices, voice))


def _load(graph: str, voices: str, voice: str) -> Speak:
    from kokoro_onnx import Kokoro

    kokoro: Any = Kokoro(graph, voices)

    def speak(text: str) -> Iterator[float]:
        # Its stream gives the first audio early and is as fast as asking for all at once.
        stream: AsyncIterator[Any] = kokoro.create_stream(text, voice=voice, lang="en-us")
        with asyncio.Runner() as runner:
            while (piece := runner.run(_take_next(stream))) is not None:
                samples, sample_rate = piece
                yield len(samples) / sample_rate

    return speak


async def _take_next(stream: AsyncIterator[Any]) -> Any:
    return await anext(stream, None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
