"""Names that OpenAI's clients know, and what stands behind them here."""

from __future__ import annotations

from jobs.voices import DEFAULT_VOICE, VOICES

OPENAI_VOICES = {
    "alloy": "af_alloy",
    "ash": "am_michael",
    "ballad": "bm_fable",
    "cedar": "am_puck",
    "coral": "af_bella",
    "echo": "am_echo",
    "fable": "bm_george",
    "marin": DEFAULT_VOICE,
    "nova": "af_nova",
    "onyx": "am_onyx",
    "sage": "af_sarah",
    "shimmer": "af_sky",
    "verse": "am_fenrir",
}
"""OpenAI's name to Kokoro's; they sound as Kokoro does, not as OpenAI's do."""

MODELS = ("kokoro", "tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Accepted names; behind each is the one model that the workers have loaded."""


def find_voice(name: str) -> str:
    """Return Kokoro's name for a voice of OpenAI's; any other is returned as it is."""
    return OPENAI_VOICES.get(name.strip().lower(), name)


def is_model(name: str) -> bool:
    """Say whether a model's name is one that is answered to."""
    return name.lower() in MODELS or "kokoro" in name.lower()


def list_names() -> tuple[str, ...]:
    """Return every voice that a client may choose, Kokoro's own first."""
    return (*VOICES, *OPENAI_VOICES)
