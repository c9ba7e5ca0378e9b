"""Reading rules of Spanish, French, Italian, Portuguese and Hindi, which write figures alike.

What differs is data, a TOML file a language, and how numbers are said.
"""

from worker.pronunciation.reading.european.european_clock import clock_rules
from worker.pronunciation.reading.european.european_dates import date_rules
from worker.pronunciation.reading.european.european_figures import (
    number_rules,
    ordinal_rules,
    place_rules,
    version_rules,
)
from worker.pronunciation.reading.european.european_fractions import fraction_rules
from worker.pronunciation.reading.european.european_language import make_language
from worker.pronunciation.reading.european.european_measures import measure_rules
from worker.pronunciation.reading.european.european_money import money_rules
from worker.pronunciation.reading.european.european_names import name_rules
from worker.pronunciation.reading.european.european_signs import sign_rules
from worker.pronunciation.reading.european.european_telephones import telephone_rules
from worker.pronunciation.reading.european.european_web import web_rules
from worker.pronunciation.reading.european.hindi_numbers import HindiNumbers
from worker.pronunciation.reading.european.hindi_rules import hindi_rules
from worker.pronunciation.reading.european.romance_numbers import (
    FrenchNumbers,
    ItalianNumbers,
    PortugueseNumbers,
    SpanishNumbers,
)
from worker.pronunciation.reading.rules import Rule, RuleTable
from worker.pronunciation.reading.word_tables import load_table

_LANGUAGES = {
    "e": ("spanish", SpanishNumbers),
    "f": ("french", FrenchNumbers),
    "i": ("italian", ItalianNumbers),
    "p": ("portuguese", PortugueseNumbers),
    "h": ("hindi", HindiNumbers),
}


def load_european_rules(letter: str) -> RuleTable:
    """Return the rules of the language with Kokoro's `letter`: e, f, h, i or p."""
    name, make_numbers = _LANGUAGES[letter]
    numbers = make_numbers(load_table(name))
    language = make_language(numbers)
    special: dict[str, list[Rule]] = {}
    if isinstance(numbers, HindiNumbers):
        special = hindi_rules(language)
    return RuleTable(
        (
            *special.get("first", ()),
            *web_rules(language),
            *telephone_rules(language),
            *date_rules(language)[:1],
            *version_rules(language),
            *date_rules(language)[1:],
            *special.get("date", ()),
            *clock_rules(language),
            *money_rules(language),
            *place_rules(language),
            *measure_rules(language),
            *fraction_rules(language),
            *name_rules(language),
            *special.get("ordinal", ()),
            *ordinal_rules(language),
            *number_rules(language),
            *sign_rules(language),
        ),
        signs="<>~#^",
    )
