"""Reads the marks of Aozora Bunko in Japanese text: readings, headings, page breaks, notes."""

import re

from scripts.audiobook.japanese_readings import KANJI

HEADING_MARKS = {"大": "\ue001", "中": "\ue002", "小": "\ue003"}
"""Private characters that begin a line that is a heading, by the word for its size."""

_IS_MARKED = re.compile(r"［＃[^］\n]{1,80}］|[\u3400-\u9fff々]《[\u3041-\u30ff]{1,20}》")
_LEGEND = re.compile(
    r"^-{20,}\n(?:(?!-{20}).*\n){0,9}?【テキスト中に現れる記号について】\n(?:(?!-{20}).*\n){0,60}-{20,}\n",
    re.MULTILINE,
)
_SOURCE = re.compile(r"^底本：.*\Z", re.DOTALL | re.MULTILINE)
_RUBY = re.compile(
    rf"｜(?P<marked>[^《》｜\n]{{1,60}})《(?P<said>[^《》\n]{{1,60}})》"
    rf"|(?P<base>[{KANJI}]{{1,20}}|[A-Za-z][\w' -]{{0,40}}|[\u30a1-\u30ff]{{1,20}})"
    r"《(?P<reading>[^《》\n]{1,60})》"
)
_KANA = re.compile(r"[\u3041-\u30ff\u3000・]+")
_GAIJI = re.compile(r"※［＃(?P<note>[^］\n]*)］")
_UNICODE = re.compile(r"U\+(?P<code>[0-9A-Fa-f]{4,5})(?![0-9A-Fa-f])")
_JIS_X_0213 = re.compile(r"(?<![\d-])(?P<plane>[12])-(?P<row>\d{1,2})-(?P<cell>\d{1,2})(?![\d-])")
_SIZE = r"は?(?:同行|窓)?"
_HEADING = re.compile(
    r"^[^\S\n]*(?:［＃[^］\n]*字下げ］)?(?P<title>[^\n［］]+)"
    rf"［＃「[^」\n]+」{_SIZE}(?P<size>[大中小])見出し］[^\n]*$"
    rf"|［＃(?:ここから)?{_SIZE}(?P<opened>[大中小])見出し］\s*(?P<inner>[^［\n]+)\s*"
    rf"［＃(?:ここで)?{_SIZE}[大中小]見出し終わり］",
    re.MULTILINE,
)
_PAGE_BREAK = re.compile(r"［＃改(?:ページ|丁|見開き|段)］")
_NOTE = re.compile(r"［＃[^］\n]*］")
_MAX_HEAD_CHARACTERS = 60
_MAX_HEAD_LINES = 4


def is_aozora(text: str) -> bool:
    """Return whether a text has such marks."""
    return bool(_IS_MARKED.search(text))


def read_aozora(text: str) -> tuple[str, str, str]:
    """Return the text without marks, its title and its author; these may be empty.

    A reading in kana takes the place of what it reads. Headings begin with one of `HEADING_MARKS`.
    """
    text = _SOURCE.sub("", _LEGEND.sub("\n", text))
    text = _GAIJI.sub(_write_gaiji, text)
    text = _RUBY.sub(_say_ruby, text)
    text = _PAGE_BREAK.sub("\n\n", text)
    text = _HEADING.sub(_mark_heading, text)
    text = _NOTE.sub("", text)
    head = text.lstrip("\n").partition("\n\n")[0].strip().split("\n")
    is_head = len(head) <= _MAX_HEAD_LINES and all(
        len(line) <= _MAX_HEAD_CHARACTERS for line in head
    )
    if not is_head or head[0][-1:] in "。」":
        return text, "", ""
    return text, head[0].strip(), head[-1].strip() if len(head) > 1 else ""


def _write_gaiji(found: re.Match[str]) -> str:
    """Return the character that a note describes; empty where it has no number."""
    if unicode := _UNICODE.search(found["note"]):
        return chr(int(unicode["code"], 16))
    if jis := _JIS_X_0213.search(found["note"]):
        plane, row, cell = (int(number) for number in jis.groups())
        code = bytes([0x8F] * (plane - 1) + [row + 0xA0, cell + 0xA0])
        return code.decode("euc_jis_2004", errors="ignore")
    return ""


def _say_ruby(found: re.Match[str]) -> str:
    base = found["marked"] or found["base"]
    reading = found["said"] or found["reading"]
    return reading if _KANA.fullmatch(reading) else base


def _mark_heading(found: re.Match[str]) -> str:
    size, title = found["size"] or found["opened"], found["title"] or found["inner"]
    return f"\n\n{HEADING_MARKS[size]}{title.strip()}\n\n"
