"""What holds for the rules of every language, whatever the text.

``READING_EXAMPLES`` says how many texts are tried for each language: with 100,000 or more,
hostile repeats are as long, too. Texts that broke a rule stay in `BROKE`.
"""

from __future__ import annotations

import logging
import os
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobs.text.language_tags import ENGLISH
from jobs.text.normalize import normalize
from jobs.voices import LANGUAGES
from worker.pronunciation.reading.languages import load_rules
from worker.pronunciation.reading.rules import RuleTable

EXAMPLES = int(os.environ.get("READING_EXAMPLES", "100"))
TABLES = {
    letter: rules for letter in LANGUAGES if (rules := load_rules(letter, {"the"}.__contains__))
}
ENGLISH_WORDS = "am|pm|kg|ft|in|th|'s|Dr.|no.|d.|s.|v.|Jan|Luke|call|BC|1990s|US|ha|10^|St.|cup|of"
WORDS = {
    "a": ENGLISH_WORDS,
    "b": ENGLISH_WORDS,
    "e": "a las|siglo|capítulo|de|mil|enero|n.º|Sr.|EE. UU.|tel.|escala|partes|taza|versión|a. C.",
    "f": "à|siècle|chapitre|de|mille|janvier|n°|M.|av. J.-C.|tél.|échelle|pages|tasse|le|s.",
    "i": "alle|secolo|capitolo|di|mila|gennaio|n.|sig.|a.C.|tel.|scala|ore|tazza|il|S.",
    "p": "às|século|capítulo|de|mil|janeiro|nº|Sr.|a.C.|tel.|escala|horas|xícara|o|venceu",
    "h": "बजे|सदी|अध्याय|में|लाख|जनवरी|नं.|डॉ.|ई.पू.|फोन|रोड|घंटे|वाँ|सन्|से|है",
    "j": "年|月|日|時|分|人|本|第|円|か月|午前|番号|割|〇|十|千|万|で勝|丁目|の|さじ|点",
    "z": "年|月|日|点|分|个|第|元|两|电话|比分|周|号|室|万|百分之|零|到|获胜|次|公元前",
}
SIGNS = (
    "0|00|1|7|10|12|31|99|100|1000|1984|2024|12345678|9999999999999999|½|٣|४|., :|;|-|—|/|\\|'|\"|"
    "%|‰|°|º|ª|€|$|£|¥|₹|R$|#|@|&|+|=|<|>|~|^|x|×|²|³|h|km|kg|m|m²|GB|v|p.|No.|http://|www.|.com|"
    "I|IV|XX|MCM|IVI|e|er|ème|st|a|AM|p. m.|UTC|+3|(|)|a@b.es|1.2.3|10.0.0.1|1/2|3/4/2024|14:07|["
    "| | |  |\t"
)
BROKE = {
    "e": ("31.31.1999", "siglo IIX", "0º", "1/0", "$" + 32 * "9"),
    "f": ("Louis IIX", "00.00", "32/13 mai"),
    "i": ("1/1/00", "XXXX secolo"),
    "p": ("31/2/00 da tarde", "24:59 da tarde"),
    "h": ("00-2010", "0वाँ", "13-13", "14:07p. m."),
    "j": ("00/00", "2024/13", "一〇千", "0月0日", "十千万本", "24:60"),
    "z": ("00/00/00", "13-2024", "0:0", "第IIV章"),
}
HOSTILE = (
    *(
        "9",
        "1,",
        "1.",
        "a.",
        "a@",
        "1 000 ",
        "1-",
        "1/",
        "X ",
        "h1:",
        "€1",
        "一",
        "1:",
        "A1",
        "12h",
    ),
    *("#a", "@a.", "1/2 ", "M. ", "5km/", "-", "v1.", "+1 ", "tel 1", "一1", "第1", "1年", "कि"),
    *("1x", "'9", "www.a.", "p. 1", "http://", "a-", "月", "1,2,", "llame 1", "1°"),
)


class _Faults(logging.Handler):
    """Keeps what the rules log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep `record`."""
        self.records.append(record)


def texts_of(letter: str) -> st.SearchStrategy[str]:
    """Return texts of what the rules of a language look for, and of anything else."""
    pieces = [*WORDS.get(letter, "the|Dr.|chapter|May").split("|"), *SIGNS.split("|")]
    return st.lists(st.one_of(st.sampled_from(pieces), st.text(max_size=3)), max_size=14).map(
        "".join
    )


def check(letter: str, text: str) -> None:
    """Check that the parts lie in the line in order, none overlap, and no rule raises."""
    log, faults = logging.getLogger("worker.pronunciation.reading.rules"), _Faults()
    log.addHandler(faults)
    level = log.level
    log.setLevel(logging.DEBUG)
    try:
        for line in (text, normalize(text, keeps_signs=True).text):
            at = 0
            for found in TABLES[letter].find(line):
                assert at <= found.start < found.end <= len(line)
                at = found.end
    finally:
        log.setLevel(level)
        log.removeHandler(faults)
    assert [record.exc_info for record in faults.records] == []


@pytest.mark.parametrize("letter", WORDS)
def test_no_rule_fails_on_any_text(letter: str) -> None:
    """Hypothesis looks for a text that breaks a rule or misplaces what it says."""

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(texts_of(letter))
    def run(text: str) -> None:
        check(letter, text)

    for text in BROKE.get(letter, ()):
        run = example(text)(run)
    run()


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("letter", [letter for letter in WORDS if letter not in ENGLISH])
def test_the_work_grows_no_faster_than_the_text(letter: str, piece: str) -> None:
    """Ten times the text takes at most fifteen times the work; a busy machine gets four tries.

    English has a longer list of its own.
    """
    size = 100_000 if EXAMPLES >= 100_000 else 10_000

    assert any(_growth(TABLES[letter], piece, size) <= 15 for _ in range(4))


def _growth(table: RuleTable, piece: str, size: int) -> float:
    def work(length: int) -> float:
        line = (piece * length)[:length]
        start = time.process_time()
        table.find(line)
        return time.process_time() - start

    small = min(work(size // 10) for _ in range(2))
    return work(size) / max(small, 0.0005)
