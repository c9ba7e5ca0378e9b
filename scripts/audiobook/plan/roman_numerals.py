"""Makes lexicon entries that speak the Roman numerals of headings as numbers.

Without them a worker reads "CHAPTER II" as chapter eye eye. The text stays as it is for captions.
"""

import re

from jobs.request import RESPELLED
from scripts.audiobook.outline.headings import (
    MAX_HEADING_CHARACTERS,
    ROMAN,
    read_heading,
    read_roman,
)

LANGUAGES = frozenset("abfp")
"""Languages whose pronunciation spells numerals out; the others read them as numbers."""

_NUMERAL = re.compile(rf"(?P<kind>(?:[^\W\d_]+\s+)?)(?P<numeral>{ROMAN})\b(?P<title>[.:)]\s+\w+)?")


def numeral_entries(text: str, language: str) -> dict[str, str]:
    """Return the `SpeechRequest.lexicon` entries for the headings in the text of a part.

    Args:
        text: Paragraphs between blank lines.
        language: Kokoro's letter for the language.
    """
    entries: dict[str, str] = {}
    if language not in LANGUAGES:
        return entries
    for line in text.split("\n"):
        written = line.strip()
        match = _NUMERAL.match(written) if len(written) <= MAX_HEADING_CHARACTERS else None
        if match is None or read_heading(written) is None:
            continue
        number = str(read_roman(match["numeral"]))
        rest = match["title"] or ""
        key = match["kind"] + match["numeral"] + rest
        # Elsewhere a single letter may be a word or a name: "I", "Malcolm X".
        is_letter = len(key) == 1
        if not is_letter or len(re.findall(rf"\b{key}\b", text)) == 1:
            entries[key] = f"{RESPELLED}{match['kind']}{number}{rest}"
    return dict(sorted(entries.items()))
