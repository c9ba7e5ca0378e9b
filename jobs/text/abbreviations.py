"""Words whose full stop does not end a sentence, in the languages that have one."""

import re

_LAST_WORD = re.compile(r"[^\s\"'“”‘’(\[«–—]+\Z")
_ACRONYM = re.compile(r"(?:\w\.)+\w")

# After these a capital letter does not start a sentence.
_TITLE = re.compile(
    r"mrs?|ms|messrs|drs?|prof|ste?|sra?|srta|dra|mmes?|mlle|mm|sigg?|dott|ing|avv|gen|pres|col|capt|cpt"
    r"|lt|sgt|rev|hon|gov|sen|rep|mt|ft|vs|cf|ca|viz|ej|exmo|pe|uds?|fr|jr|e\.g|i\.e|z\.b|p\.ex"
    r"|lieut|inf|regt|maj|cpl|pvt|pfc|adm|cmdr|cdr|brig|supt|insp|atty|msgr|wm|approx|incl|esp"
    r"|ee|jj|ff|rr|sres|sras|srs|dña|lic|gral|cnel|tte|sgto|profa|exma|avda?|pza|pça|mgr"
    r"|sta|sto|ss|hnos|eng|av|bd|pl|boul|spett|geom|sig\.ra|sig\.na|dott\.ssa|prof\.ssa|j\.-c|डॉ|डा|प्रो|कु|पं|इं|ले|स्व|ई|श्री",
    re.IGNORECASE,
)
# After these a number does not start one.
_BEFORE_NUMBER = re.compile(
    r"nos?|nr|n[uú]m|vols?|figs?|pp?|pgs?|p[aá]g|ch|chap|cap|sec|art|op|ver|v|r|sc|bk|eqs?|refs?|mk|rte"
    r"|rm|agg|cat|est|ext|apt|avg|c|b|d|fl|jan|feb|mar|apr|jun|jul|aug"
    r"|sept?|oct|nov|dec|ene|abr|ago|dic|set|out|dez"
    r"|p[aá]gs|pagg|tel|tél|tfno|nro|n|s|s[eé]c|aprox|env|ca|ap|cj|rs|रु|क्र|सं|पृ|नं"
    r"|lun|mart?|mi[eé]rc|merc?|jeu|juev|giov|ven|vier|s[aá]b|sam|dom|dim|seg|ter|qua|qui|sex|t"
    r"|exod|lev|deut|judg|kgs|chr|pss?|prov|eccl|isa|ezek|lk|jn|rom|cor|gal|eph|thess|heb|jas"
    r"|matt|geo|eps?|dist|div|twp|mag|1?\ds",  # the last are shillings
    re.IGNORECASE,
)


_NUMBER = re.compile(r"['’]?\d|[IVXLC]{1,8}\b")
_GLOBE = re.compile(r"lat|long", re.IGNORECASE)
_DEGREES = re.compile(r"\d{1,3}(?:\.\d{1,6})?°")
_BEFORE_ERA = re.compile(r"[ad]|ap|apr", re.IGNORECASE)
_ERA = re.compile(r"C\.|J\.-C|E\. ?C")


def find_last_word(text: str) -> str:
    """Return what stands between the last space, quote or bracket of `text` and its end."""
    found = _LAST_WORD.search(text)
    word = found.group() if found else ""
    # What is left of don't and Smith's is no short form.
    is_contracted = len(word) == 1 and word.islower() and text[-2:-1] in {"'", "’"}
    return "" if is_contracted else word


def is_short_form(word: str) -> bool:
    """Say whether the full stop after `word` belongs to it: a title, an initial, U.S."""
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    return is_initial or any(known.fullmatch(word) for known in (_TITLE, _ACRONYM))


def is_short_before_number(word: str, text: str, at: int) -> bool:
    """Say whether the full stop after `word` belongs to it: a number follows at `at`, as in no. 7.

    So it is in a. C. and apr. J.-C., which name the era of a year, and in long. 5°.

    Roman figures are numbers too, but I alone is a person.
    """
    if _BEFORE_ERA.fullmatch(word) and _ERA.match(text, at):
        return True
    if _GLOBE.fullmatch(word) and _DEGREES.match(text, at):
        return True
    number = _NUMBER.match(text, at)
    is_number = number is not None and number.group() != "I"
    return is_number and _BEFORE_NUMBER.fullmatch(word) is not None
