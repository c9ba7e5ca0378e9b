"""Numbers the items of an ordered list as browsers do."""

import re

from lxml.etree import _Element as Element

from scripts.audiobook.html.elements import tag_of

LETTERS = 26
"""Letters of the alphabet; longer lists continue with numbers."""
MAX_ROMAN = 3_999
_NO_MARKER = re.compile(r"list-style(?:-type)?\s*:\s*none", re.IGNORECASE)


def number_items(element: Element) -> dict[Element, str]:
    """Return the number of each item of an ordered list, for example ``1.`` or ``b.``."""
    if tag_of(element) != "ol" or _NO_MARKER.search(element.get("style") or ""):
        return {}
    items = [child for child in element if tag_of(child) == "li"]
    step = -1 if element.get("reversed") is not None else 1
    number = _whole(element.get("start"), 1 if step == 1 else len(items))
    numbers: dict[Element, str] = {}
    for item in items:
        number = _whole(item.get("value"), number)
        numbers[item] = f"{_format_number(number, element.get('type') or '1')}."
        number += step
    return numbers


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text.strip()) else otherwise


def _format_number(number: int, style: str) -> str:
    if style in "aA" and 1 <= number <= LETTERS:
        letter = chr(ord("a") + number - 1)
        return letter.upper() if style == "A" else letter
    if style in "iI" and 0 < number <= MAX_ROMAN:
        from roman_numerals import RomanNumeral

        roman: str = RomanNumeral(number).to_uppercase()
        return roman if style == "I" else roman.lower()
    return str(number)
