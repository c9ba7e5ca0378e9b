"""Speak by the package openai: ``python speak_openai.py ADDRESS TOKEN FILE``."""

import sys

from openai import BadRequestError, OpenAI

address, token, path = sys.argv[1:]
client = OpenAI(base_url=address, api_key=token)
assert "kokoro" in {model.id for model in client.models.list()}
with client.audio.speech.with_streaming_response.create(
    model="gpt-4o-mini-tts", voice="alloy", input="Hello from openai for Python.", speed=1.0
) as answer:
    answer.stream_to_file(path)
refused = None
try:
    client.audio.speech.create(model="tts-1", voice="alloy", input="...")
except BadRequestError as exc:
    refused = exc
assert refused is not None
assert refused.code == "empty_input", refused
