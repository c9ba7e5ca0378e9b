"""Speak by litellm: ``python speak_litellm.py ADDRESS TOKEN FILE``."""

import sys

import litellm

address, token, path = sys.argv[1:]
answer = litellm.speech(
    model="openai/tts-1",
    voice="alloy",
    input="Hello from litellm.",
    api_base=address,
    api_key=token,
)
answer.write_to_file(path)
