"""Reading rules of English, American and British."""

from __future__ import annotations

import re

from worker.pronunciation.reading.english_numbers import say_number
from worker.pronunciation.reading.rules import Rule, RuleTable

_NUMBER = re.compile(
    r"(?<![\w.,$£€¥-])-?(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,15})(?:\.\d{1,12})?"
    r"(?![\w]|[.,:/-]\d| ?[%$£€¥])"
)


def load_english_rules(*, british: bool) -> RuleTable:
    """Return the rules of American or British English."""
    return RuleTable(
        (
            Rule(
                "cardinal",
                _NUMBER,
                lambda match: say_number(match.group(), british=british),
                "0123456789",
            ),
        ),
        signs="<>~#^",
    )
