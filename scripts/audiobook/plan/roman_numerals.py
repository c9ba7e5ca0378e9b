"""Roman numerals in headings: written as they are, said as numbers.

"CHAPTER II" is spelled out by a worker that reads it: chapter eye eye. The text stays as it is, for
captions; a lexicon entry for the part says how it sounds.
"""

from __future__ import annotations

import re

from jobs.request import RESPELLED
from scripts.audiobook.text.headings import MAX_HEADING_CHARACTERS, ROMAN, read_heading, read_roman

LANGUAGES = frozenset("abfp")
"""Those whose pronunciation spells numerals out; the others know them."""

_NUMERAL = re.compile(rf"(?P<kind>(?:[^\W\d_]+\s+)?)(?P<numeral>{ROMAN})\b(?P<title>[.:)]\s+\w+)?")


def numeral_entries(text: str, language: str) -> dict[str, str]:
    """Return the `SpeechRequest.lexicon` entries for the headings in `text`, a part of a chapter.

    Args:
        text: Paragraphs between blank lines.
        language: Kokoro's letter.
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
        # A letter that stands alone may be a word, or a name, elsewhere: "I", "Malcolm X".
        is_letter = len(key) == 1
        if not is_letter or len(re.findall(rf"\b{key}\b", text)) == 1:
            entries[key] = f"{RESPELLED}{match['kind']}{number}{rest}"
    return dict(sorted(entries.items()))
