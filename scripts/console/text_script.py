"""The script that a text is written in, and whether its voice can read it."""

from __future__ import annotations

import unicodedata
from collections import Counter

from jobs.errors import InvalidRequest
from jobs.voices import LANGUAGES, default_voice, parse_voice

LOOKED_AT = 5_000
"""Letters that are looked at, from the beginning."""

SCRIPTS = {
    "HIRAGANA": "j",
    "KATAKANA": "j",
    "KATAKANA-HIRAGANA": "j",
    "CJK": "z",
    "DEVANAGARI": "h",
}
"""First word of the names of a script's letters, to the language of Kokoro's that is written so."""


def check_script(text: str, voice: str) -> None:
    """Refuse a text whose letters are mostly those of another language than the voice speaks.

    Raises:
        InvalidRequest: names a voice that speaks it, or says that there is none.
        UnknownVoice: `voice` is none.
    """
    own = parse_voice(voice)[0].name[0]
    letters = [char for char in text[:LOOKED_AT] if char.isalpha()]
    counts = Counter(unicodedata.name(char, "?").split()[0] for char in letters)
    foreign = {name: number for name, number in counts.items() if name != "LATIN"}
    if own in SCRIPTS.values() or 2 * sum(foreign.values()) <= len(letters):
        return
    script = max(foreign, key=lambda name: foreign[name])
    language = SCRIPTS.get(script, "")
    if not language:
        raise InvalidRequest(
            f"the text is mostly in {script.capitalize()} letters, which no voice of Kokoro's "
            "reads; --lang en-us speaks what can be spoken of it"
        )
    if language == "z" and any(SCRIPTS.get(name) == "j" for name in foreign):
        language = "j"  # Japanese has Chinese signs, too
    raise InvalidRequest(
        f"the text looks {LANGUAGES[language]}, and {voice} speaks {LANGUAGES[own]}; "
        f"give --voice {default_voice(language)}, or --lang if it is meant so"
    )
