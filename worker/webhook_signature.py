"""Signatures of webhooks, as standardwebhooks.com has them."""

import base64
import binascii
import hmac
from collections.abc import Sequence

from jobs.errors import StartupError

MIN_KEY_BYTES, MAX_KEY_BYTES = 24, 64
MAX_KEYS = 2


def read_keys(setting: str) -> tuple[bytes, ...]:
    """Return the keys of KTTS_WEBHOOK_SECRET, one or, while a new one takes over, two.

    Raises:
        StartupError: one is no secret; the message does not tell it.
    """
    words = setting.replace(",", " ").split()
    if len(words) > MAX_KEYS:
        raise StartupError("KTTS_WEBHOOK_SECRET holds more than two secrets")
    return tuple(map(_read_key, words))


def sign(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header webhook-signature: one signature for each key."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(key, signed, "sha256") for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _read_key(word: str) -> bytes:
    try:
        key = base64.b64decode(word.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not word.startswith("whsec_") or not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
        raise StartupError(
            "KTTS_WEBHOOK_SECRET: a secret is whsec_ and 24 to 64 bytes in base64; make one by "
            'echo "whsec_$(openssl rand -base64 32)"'
        )
    return key
