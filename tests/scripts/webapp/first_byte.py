"""How soon the ``openai`` package hears the first byte of a paragraph, against all of it.

``python -m tests.scripts.webapp.first_byte URL [ROUNDS]`` speaks through a running ``ktts web``
with a warm
worker. Each round's paragraph is new, so that no finished file answers. The last line of standard
output is ``{"formats": {NAME: {"first_byte_seconds", "full_seconds", "audio_seconds"}}}``, medians
over the rounds (3).
"""

from __future__ import annotations

import io
import itertools
import json
import statistics
import sys
import time
from typing import Any

import openai

FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")

PARAGRAPH = (
    "In the evening the lighthouse keeper wrote down the weather, as he had done each day for "
    "thirty years. The wind had turned to the north, and with it came a cold that found every gap "
    "in the old windows. He put another log on the fire and listened. Far out a ship gave one long "
    "note, then a second, and after that there was nothing but the sea. He wrote this down too, "
    "the hour and the number of notes, because somebody might ask for it one day: entry {}."
)
"""The number that makes it new stands at the end: it must not make the first words longer."""

SAMPLE_RATE = 24_000


def measure(client: openai.OpenAI, audio_format: str, number: int) -> tuple[float, float, float]:
    """Speak a paragraph; return seconds to the first byte, to the last, and of audio."""
    started = time.monotonic()
    first = 0.0
    content = bytearray()
    with client.audio.speech.with_streaming_response.create(
        model="kokoro",
        voice="af_heart",
        input=PARAGRAPH.format(number),
        response_format=audio_format,
    ) as answer:
        for piece in answer.iter_bytes():
            first = first or time.monotonic() - started
            content += piece
    return first, time.monotonic() - started, _audio_seconds(bytes(content), audio_format)


def _audio_seconds(content: bytes, audio_format: str) -> float:
    if audio_format == "pcm":
        return len(content) / 2 / SAMPLE_RATE
    import av

    with av.open(io.BytesIO(content)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def main(url: str, rounds: int) -> dict[str, Any]:
    """Measure every format, after one paragraph that nobody counts."""
    numbers = itertools.count(int(time.time()) % 1_000_000)
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        measure(client, "pcm", next(numbers))
        figures = {}
        for audio_format in FORMATS:
            times = [measure(client, audio_format, next(numbers)) for _ in range(rounds)]
            firsts, wholes, seconds = zip(*times, strict=True)
            figures[audio_format] = {
                "first_byte_seconds": round(statistics.median(firsts), 3),
                "full_seconds": round(statistics.median(wholes), 3),
                "audio_seconds": round(statistics.median(seconds), 2),
            }
    return {"formats": figures}


if __name__ == "__main__":
    figures = main(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 3)
    print(json.dumps(figures))
