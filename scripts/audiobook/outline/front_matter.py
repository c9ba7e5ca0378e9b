"""Finds front and back matter, which listeners skip, and says why it is skipped.

Dedication, epigraph, foreword, preface, introduction, prologue, epilogue, afterword, appendix and
acknowledgements belong to the work. In doubt a chapter is kept.
"""

import posixpath
import re
from collections.abc import Iterable

from scripts.audiobook.outline.heading_words import CONTENTS

NO_TEXT = "holds no text"
MAX_CHARACTERS = 20_000
"""A longer chapter belongs to the work, unless it is of one of the `LONG_KINDS`."""
LONG_KINDS = frozenset({"notes", "index", "bibliography"})
"""Reasons that hold for chapters of any length."""
_KINDS = {
    "cover": "cover",
    "title page": "titlepage title-page halftitlepage halftitle halftitle-page half-title",
    "copyright page": "copyright-page copyrightpage copyright uncopyright imprimatur",
    "imprint": "imprint",
    "colophon": "colophon",
    "table of contents": "toc landmarks page-list pagelist",
    "list of illustrations": "loi lot loa lov",
    "index": "index index-headnotes",
    "notes": "endnotes rearnotes footnotes notes",
    "bibliography": "bibliography",
    "advertisement": "advertisement advertisements promo promotion other-books seriespage",
    "about the makers": "contributors credits other-credits",
}
_REASONS = {word: reason for reason, words in _KINDS.items() for word in words.split()}
_WORK = frozenset(
    {"dedication", "epigraph", "foreword", "preface", "introduction", "prologue", "epilogue"}
    | {"afterword", "appendix", "acknowledgments"}
)
_FILE_KINDS = {
    "title page": "titlepage halftitle halftitlepage",
    "table of contents": "toc contents nav tableofcontents",
    "copyright page": "copyright copyrightpage uncopyright copyrights legal legalnotice",
    "advertisement": "alsoby otherbooks advert advertisement newsletter",
    "list of illustrations": "loi illustrations",
    "notes": "endnotes footnotes",
    "imprint": "imprint",
    "colophon": "colophon",
    "cover": "cover coverpage",
}
_FILE_REASONS = {word: reason for reason, words in _FILE_KINDS.items() for word in words.split()}
# In the languages that Kokoro speaks, and German.
_TITLES = {
    "cover": "cover|cover page|portada|cubierta|couverture|copertina|capa|titelbild|einband"
    "|umschlag|表紙|封面|आवरण",
    "title page": "title ?page|half[- ]?title(?: page)?|titelseite|titelblatt|schmutztitel"
    "|page de titre|faux[- ]titre|portadilla|página del? título|frontespizio|pagina del titolo"
    "|folha de rosto|página de rosto|扉|標題紙|扉页|書名頁|书名页|शीर्षक पृष्ठ",
    "copyright page": "(?:un)?copyright(?: page| notice| information| ©.*)?|legal notice"
    "|copyright and permissions|urheberrecht|rechtliche hinweise|droits d.auteur|mentions légales"
    "|derechos de autor|aviso legal|diritti d.autore|note legali|direitos autorais|奥付|著作権"
    "|版权|版權|版权页|版權頁|版权信息|कॉपीराइट",
    "imprint": "imprint|impressum|créditos|credits|pie de imprenta|ficha técnica|achevé d.imprimer",
    "colophon": "colophon|kolophon|colofón|colofon|colofone",
    "table of contents": CONTENTS,
    "list of illustrations": "list of (?:illustrations|figures|plates|tables|maps|pictures)"
    "|(?:the |full[- ]page )?illustrations"
    "|abbildungsverzeichnis|(?:liste|table) des (?:illustrations|figures)"
    "|(?:lista|índice) de (?:ilustraciones|figuras|ilustrações)|(?:elenco|indice) delle"
    " (?:illustrazioni|figure)|図版一覧|插图目录",
    "index": "index|general index|subject index|index of names|sachregister"
    "|personenregister|índice (?:alfabético|onomástico|analítico|remissivo)|indice analitico"
    "|indice dei nomi|索引",
    "notes": "(?:end|foot)?notes|notes (?:and references|and sources|to the text)|references"
    "|anmerkungen|endnoten|fußnoten|notes de fin|notes de bas de page|notas(?: finales| finais"
    "| al pie| de rodapé)?|note(?: a piè di pagina| al testo)?|脚注|注釈|原注|訳注"
    "|注释|註釋|टिप्पणियाँ",
    "bibliography": "(?:select(?:ed)? )?bibliography|works cited|literatur(?:verzeichnis)?"
    "|bibliographie|bibliografía|bibliografia|参考文献|參考文獻|संदर्भ",
    "advertisement": "advertisements?|(?:also|other (?:books|works|titles)) (?:by|from|in).*"
    "|books by .*|newsletter|praise for.*|advance praise.*|about the publisher|more from .*"
    "|(?:works |books |novels )?by the same (?:author|writer).*|(?:publisher.?s )?catalogue"
    "|du même auteur|de la même autrice|(?:obras )?del mismo autor|(?:obras )?de la misma autora"
    "|dello stesso autore|della stessa autrice|do mesmo autor|da mesma autora|werbung|buchtipps",
    "licence": "(?:the )?full (?:project gutenberg(?:™|-tm)? )?licen[sc]e"
    "|(?:the )?project gutenberg(?:™|-tm)? licen[sc]e",
    "transcriber's note": "transcriber.?s?.? notes?.{0,40}|transcription notes?|errata.{0,20}"
    "|corrigenda|corrections|fe de erratas|anmerkungen zur transkription|druckfehler"
    "|notes? d[eu](?: la)? transcript(?:ion|eur)|note sur la transcription"
    "|notas? (?:del transcriptor|de transcripci[óo]n|do transcritor)|nota del trascrittore"
    "|正誤表|勘误表",
}
_TITLE_PATTERNS = {
    reason: re.compile(pattern, re.IGNORECASE) for reason, pattern in _TITLES.items()
}
_EDGES = re.compile(r"^[^\w\u0900-\u097f]+|[^\w\u0900-\u097f]+$")
"""Punctuation around a title; for a regex the vowel signs of Devanagari are no letters."""
_SPLIT_SUFFIX = re.compile(r"[-_]?(?:split)?[-_]?\d+$")


_STORY_REASONS = frozenset({"notes", "index", "table of contents", "list of illustrations"})
_STORY_TITLES = re.compile(r"(?:also|other|more|books)\b", re.IGNORECASE)
LINE_REASONS = _STORY_REASONS - {"table of contents"} | {
    "advertisement",
    "bibliography",
    "licence",
    "transcriber's note",
}
"""Reasons that a line of its own gives in a text without markup."""
MIN_STORY_PARAGRAPHS = 5
_NOTE_START = re.compile(
    r"[\[(]?(?:\d{1,4}[\s\].):,*†]|[ivxlc]{1,6}[\].):]|[*†‡§¶#]+|(?:foot)?note\b"
    r"|p(?:p|age|ages)?\.?\s*\d)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？।][\"'”’»」』)\]]*$")


def find_reason(*, meanings: Iterable[str], title: str, file_name: str, text: str) -> str:
    """Return why a chapter is skipped; empty if it belongs to the work.

    Args:
        meanings: Words of ``epub:type``, landmarks and guide for the whole chapter.
        title: Title from the table of contents, or the heading.
        file_name: File name of the page if the chapter fills it; else empty.
        text: Its paragraphs between blank lines.
    """
    meanings = frozenset(meanings)
    if meanings & _WORK:
        return ""
    by_title = title_reason(title)
    may_be_story = by_title in _STORY_REASONS or _STORY_TITLES.match(_EDGES.sub("", title))
    if by_title and may_be_story and is_story(text):
        by_title = ""
    for reason in (*_by_meaning(meanings), by_title, _by_file(file_name)):
        if reason and (len(text) <= MAX_CHARACTERS or reason in LONG_KINDS):
            return reason
    return ""


def is_story(text: str) -> bool:
    """Return whether paragraphs are sentences that no number opens, as notes and lists are not."""
    paragraphs = [each for each in text.split("\n\n")[1:] if any(map(str.isalpha, each))]
    if len(paragraphs) < MIN_STORY_PARAGRAPHS:
        return False
    ended = sum(bool(_SENTENCE_END.search(each)) for each in paragraphs)
    noted = sum(is_note_text(each) for each in paragraphs)
    return 4 * ended > 3 * len(paragraphs) and 5 * noted < len(paragraphs)


def is_note_text(paragraph: str) -> bool:
    """Return whether a paragraph begins as a note does: with its number or mark."""
    return bool(_NOTE_START.match(paragraph))


def title_reason(title: str) -> str:
    """Return the reason to skip that the title alone gives; empty if it gives none."""
    plain = _EDGES.sub("", title)
    for reason, pattern in _TITLE_PATTERNS.items():
        if pattern.fullmatch(plain):
            return reason
    return ""


def _by_meaning(meanings: Iterable[str]) -> list[str]:
    return [_REASONS[word] for word in sorted(meanings) if word in _REASONS]


def _by_file(file_name: str) -> str:
    stem = posixpath.splitext(posixpath.basename(file_name))[0].lower()
    plain = re.sub(r"[\W_]", "", _SPLIT_SUFFIX.sub("", stem))
    return _FILE_REASONS.get(plain, "")
