"""The catalogue of Kokoro v1.0: 54 voices in nine languages, and weighted blends of them."""

import difflib
import math
from dataclasses import dataclass

from .errors import InvalidRequest, UnknownVoice
from .text.language_tags import LANGUAGE_NAMES, LANGUAGE_TABLE, REQUEST_TAGS

DEFAULT_VOICE = "af_heart"
DEFAULT_BRITISH_VOICE = "bf_emma"
MAX_BLENDED_VOICES = 8
MIN_SPEED, MAX_SPEED = 0.5, 2.0
"""How fast a voice may speak; above 1 is faster."""

LANGUAGES = {language.code: language.name for language in LANGUAGE_TABLE}
"""Kokoro's one-letter language codes; a voice name starts with its language."""

# <language><f|m>_ -> names, as published with the model.
_NAMES = {
    "af_": "alloy aoede bella heart jessica kore nicole nova river sarah sky",
    "am_": "adam echo eric fenrir liam michael onyx puck santa",
    "bf_": "alice emma isabella lily",
    "bm_": "daniel fable george lewis",
    "ef_": "dora",
    "em_": "alex santa",
    "ff_": "siwis",
    "hf_": "alpha beta",
    "hm_": "omega psi",
    "if_": "sara",
    "im_": "nicola",
    "jf_": "alpha gongitsune nezumi tebukuro",
    "jm_": "kumo",
    "pf_": "dora",
    "pm_": "alex santa",
    "zf_": "xiaobei xiaoni xiaoxiao xiaoyi",
    "zm_": "yunjian yunxi yunxia yunyang",
}

VOICES = tuple(prefix + name for prefix, names in _NAMES.items() for name in names.split())
"""All voice names, by language and gender."""


@dataclass(frozen=True, slots=True)
class VoiceShare:
    """One voice of a blend."""

    name: str
    """Name in the catalogue, for example ``af_heart``."""
    weight: float
    """Share of the blend, above 0; the shares of a blend add up to 1."""


def parse_voice(text: str) -> tuple[VoiceShare, ...]:
    """Read ``af_heart`` or ``af_heart:0.7,am_adam:0.3``; the heaviest voice comes first.

    Weights are relative: they are divided by their sum. A voice without one weighs 1.

    Raises:
        UnknownVoice: a name is not in the catalogue.
        InvalidRequest: a weight is no positive number, or a voice is named twice.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, colon, weight_text = (piece.strip() for piece in part.partition(":"))
        if name not in VOICES:
            raise UnknownVoice(_unknown(name))
        if name in weights:
            raise InvalidRequest(f"voice {name!r} is named twice in {text!r}; give it one weight")
        weights[name] = _parse_weight(weight_text, part) if colon else 1.0
    if len(weights) > MAX_BLENDED_VOICES:
        raise InvalidRequest(f"a blend has at most {MAX_BLENDED_VOICES} voices, not {len(weights)}")
    total = sum(weights.values())
    shares = [VoiceShare(name, weight / total) for name, weight in weights.items()]
    return tuple(sorted(shares, key=lambda share: (-share.weight, share.name)))


def format_voice(shares: tuple[VoiceShare, ...]) -> str:
    """Write a blend the one way that counts for a job's identity."""
    if len(shares) == 1:
        return shares[0].name
    return ",".join(f"{share.name}:{share.weight:.6g}" for share in shares)


def parse_language(text: str, voice: str) -> str:
    """Return the one-letter code for `text`; ``auto`` is the language of the heaviest voice.

    Raises:
        InvalidRequest: the language is not one of Kokoro's nine.
    """
    wanted = text.strip().lower().replace("_", "-")
    if wanted == "auto":
        return parse_voice(voice)[0].name[0]
    code = REQUEST_TAGS.get(wanted) or LANGUAGE_NAMES.get(wanted, wanted)
    if code not in LANGUAGES:
        known = ", ".join(f"{letter} ({name})" for letter, name in LANGUAGES.items())
        raise InvalidRequest(f"language {text!r} is unknown; use auto or one of {known}")
    return code


def default_voice(language: str) -> str:
    """Return the voice that speaks `language`, one of Kokoro's letters, unless told otherwise."""
    chosen = {DEFAULT_VOICE[0]: DEFAULT_VOICE, "b": DEFAULT_BRITISH_VOICE}
    return chosen.get(language) or next(name for name in VOICES if name[0] == language)


def _parse_weight(text: str, part: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise InvalidRequest(
            f"weight {text!r} in {part.strip()!r} is not a number above 0; "
            "write a blend as af_heart:0.7,am_adam:0.3"
        )
    return weight


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, VOICES, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "`ktts voices` lists them"
    return f"voice {name!r} is unknown; {hint}"
