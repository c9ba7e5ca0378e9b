"""Speak by LiveKit's agents: ``python speak_livekit.py ADDRESS TOKEN FILE``."""

import asyncio
import sys
import wave

from livekit.plugins import openai


async def main(address: str, token: str, path: str) -> None:
    """Write what the plug-in decodes."""
    voice = openai.TTS(base_url=address, api_key=token, voice="ash")
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        async for event in voice.synthesize("Hello from LiveKit."):
            assert event.frame.sample_rate == 24_000
            file.writeframes(event.frame.data)
    await voice.aclose()


asyncio.run(main(*sys.argv[1:]))
