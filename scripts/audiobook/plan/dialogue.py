"""Finds what is said aloud in prose: what stands in quotation marks or after a dialogue's dash.

A quotation ends where its mark is closed, or with its paragraph where the next one begins with the
mark again. A paragraph of Spanish or Portuguese that begins with a dash is speech but for what
stands between two more; one of French is speech as a whole, because nothing there tells where
``dit-il`` begins. Apostrophes, inches and marks without a partner are no quotations.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

_CLOSING = {
    "“": "”",
    "„": "“”",
    "‟": "”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "›": "‹",
    "‘": "’",
    "‚": "‘’",
    "「": "」",
    "『": "』",
    "〝": "〟",
    '"': '"',
    "＂": "＂",
    "'": "'",
}
"""What closes each opening mark."""
_ONE_SIDED = frozenset("“„‟«‹‘‚「『〝")
"""Marks that open wherever they stand; others need a space before them and a word after."""
_MARK = re.compile(f"[{''.join({*_CLOSING, *''.join(_CLOSING.values())})}]")
_DASH = re.compile("--+|[—–―]+")
_SPOKEN_BY_DASH = frozenset("efp")
_CLOSED_BY_POINT = re.compile(r"[.,;:!?…。，、]*")
_BEFORE_OPENING = "([{—–―-¿¡"
_ENDING_SPEECH = ".,;:!?…—–―-"
_BLANK_LINES = re.compile(r"\n\s*\n\s*")

Span = tuple[int, int]


def find_paragraphs(text: str) -> Iterator[Span]:
    """Yield the spans of the paragraphs of `text`, without the blank lines between them."""
    at = 0
    for blank in _BLANK_LINES.finditer(text):
        if blank.start() > at:
            yield at, blank.start()
        at = blank.end()
    if at < len(text):
        yield at, len(text)


def find_dialogue(text: str, language: str) -> list[Span]:
    """Return the spans of `text` that are said aloud, marks included, in order.

    Args:
        text: Paragraphs between blank lines.
        language: One of Kokoro's letters.
    """
    paragraphs = list(find_paragraphs(text))
    found: list[Span] = []
    for (first, last), following in zip_longest(paragraphs, paragraphs[1:]):
        upcoming = text[following[0] : following[0] + 2] if following else ""
        if language in _SPOKEN_BY_DASH and _DASH.match(text, first, last):
            found.extend(_find_after_dash(text, first, last, is_whole=language == "f"))
        else:
            found.extend(_find_quoted(text, first, last, upcoming, language))
    return [span for span in found if any(map(str.isalnum, text[slice(*span)]))]


def _find_quoted(text: str, start: int, end: int, upcoming: str, language: str) -> Iterator[Span]:
    marks = list(_MARK.finditer(text, start, end))
    partners = _pair_marks(text, marks, start, end)
    at = 0
    while at < len(marks):
        place = marks[at].start()
        if at in partners:
            closing = marks[partners[at]].end()
            point = _CLOSED_BY_POINT.match(text, closing, end)
            yield place, point.end() if point else closing
            at = partners[at] + 1
            continue
        if _opens(text, marks[at], start, end) and _goes_on(marks[at], upcoming, start, language):
            yield place, end
            return
        at += 1


def _goes_on(mark: re.Match[str], upcoming: str, start: int, language: str) -> bool:
    """Return whether a mark that nothing closes is opened again by the next paragraph."""
    char = mark.group()
    if char in "'‘" and mark.start() != start:  # more likely an apostrophe
        return False
    is_dash = language in _SPOKEN_BY_DASH and _DASH.match(upcoming) is not None
    return upcoming[:1] == char or (char == "«" and (upcoming[:1] == "»" or is_dash))


def _pair_marks(text: str, marks: Sequence[re.Match[str]], start: int, end: int) -> dict[int, int]:
    """Return for each mark that opens the one that closes it, by their indexes; from the back."""
    partners: dict[int, int] = {}
    nearest: dict[str, int] = {}
    sure: dict[str, int] = {}
    next_single = len(marks)
    for at in range(len(marks) - 1, -1, -1):
        mark = marks[at]
        char = mark.group()
        if _opens(text, mark, start, end):
            closing = [nearest[each] for each in _CLOSING[char] if each in nearest]
            if char in "‘'":
                # Of several apostrophes the one after a mark ends the speech.
                certain = sure.get("’" if char == "‘" else "'")
                within = [each for each in closing if each < next_single and char == "‘"]
                closing = [certain] if certain is not None and certain < next_single else within
                next_single = at
            if closing:
                partners[at] = min(closing)
        if _closes(text, mark, start, end):
            nearest[char] = at
            if text[mark.start() - 1] in _ENDING_SPEECH:
                sure[char] = at
    return partners


def _opens(text: str, mark: re.Match[str], start: int, end: int) -> bool:
    char = mark.group()
    if char not in _CLOSING:
        return False
    if char in _ONE_SIDED and char not in "‘‹":
        return True
    before = text[mark.start() - 1] if mark.start() > start else " "
    after = text[mark.end()] if mark.end() < end else " "
    is_apart = before.isspace() or before in _BEFORE_OPENING or before in _CLOSING
    return is_apart and (after.isalnum() or after in _BEFORE_OPENING + "…" or after in _CLOSING)


def _closes(text: str, mark: re.Match[str], start: int, end: int) -> bool:
    char = mark.group()
    if char in "”»«›‹」』〟“":
        return True
    before = text[mark.start() - 1] if mark.start() > start else " "
    after = text[mark.end()] if mark.end() < end else " "
    return not before.isspace() and before not in "([{" and not after.isalnum()


def _find_after_dash(text: str, start: int, end: int, *, is_whole: bool) -> Iterator[Span]:
    if is_whole:
        yield start, end
        return
    first = _DASH.match(text, start, end)
    at, is_speech = start, True
    for dash in _DASH.finditer(text, first.end() if first else start, end):
        before = text[dash.start() - 1]
        after = text[dash.end()] if dash.end() < end else " "
        if before.isdigit() and after.isdigit():
            continue
        is_opening = before.isspace() and not after.isspace()
        is_closing = not before.isspace() and not after.isalnum()
        if is_speech and not is_closing:
            yield at, dash.start()
            is_speech = False
        elif not is_speech and not is_opening:
            point = _CLOSED_BY_POINT.match(text, dash.end(), end)
            at, is_speech = point.end() if point else dash.end(), True
    if is_speech:
        yield at, end
