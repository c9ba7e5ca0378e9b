"""Which languages have rules, and of which kinds."""

from __future__ import annotations

from itertools import chain

from jobs.settings import READING_KINDS
from jobs.voices import LANGUAGES
from worker.pronunciation.reading.languages import load_rules


def test_a_setting_can_switch_off_each_kind_and_no_other() -> None:
    """The kinds that settings know are those that the rules of all languages give."""
    tables = filter(None, (load_rules(language, lambda _: False) for language in LANGUAGES))

    assert tuple(sorted(set(chain.from_iterable(t.kinds for t in tables)))) == READING_KINDS
