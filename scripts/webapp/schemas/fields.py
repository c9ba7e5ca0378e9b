"""Fields of a request as JSON Schema states them, so that a client can check before it sends.

The rules themselves are `jobs.request`'s, whose messages say what to do; these patterns only tell
them.
"""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from jobs.callback import MAX_URL_CHARACTERS
from jobs.errors import EmptyText, InvalidRequest
from jobs.request import (
    MAX_LEXICON_CHARACTERS,
    MAX_LEXICON_ENTRIES,
    MAX_METADATA_CHARACTERS,
    MAX_METADATA_ENTRIES,
    MAX_NAME_CHARACTERS,
    check_output_name,
)
from jobs.text.language_tags import REQUEST_TAGS
from jobs.text.markup import BARE_PAUSE
from jobs.text.owners import OWNER_PATTERN, check_owner
from jobs.voices import LANGUAGES, MAX_BLENDED_VOICES, VOICES

_SHARE = rf"({'|'.join(VOICES)})(:(0\.[0-9]{{0,4}}[1-9]|[1-9][0-9]{{0,3}}))?"
_NO_VOICE_TWICE = r"(?!.*\b([a-z]{2}_[a-z]+)\b.*\b\1\b)"
VOICE_PATTERN = f"^{_NO_VOICE_TWICE}{_SHARE}(,{_SHARE}){{0,{MAX_BLENDED_VOICES - 1}}}$"

_PART = r"[A-Za-z0-9_-]+([ .][A-Za-z0-9_-]+)*"
NAME_PATTERN = f"^{_PART}(/{_PART})*$"


def _tell(**schema: Any) -> dict[str, Any]:
    return {"json_schema_extra": schema}


def _check_name(name: str) -> str:
    check_output_name(name)
    if not re.fullmatch(NAME_PATTERN, name):
        raise InvalidRequest(
            f"output name {name!r} has other characters than letters and digits of ASCII, "
            "_ - and single spaces or dots between them"
        )
    return name


_PICTURES = frozenset({"So", "Sk", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Cc", "Zs", "Zl", "Zp"})
_MARKS = frozenset(
    ".,;:!?\u2026-\u2013\u2014_'\"()[]{}<>\u00ab\u00bb\u2039\u203a\u2018\u2019\u201c\u201d\u201e\u00b7\u2022*~^|\u3002\u3001\uff01\uff1f\u3000"
)
_FIRST_PICTURE = "\u2190"
"""Signs before it, such as those of degrees and trade marks, are read."""


def check_words(text: str, field: str) -> None:
    """Refuse a text in which nothing can be spoken: blanks, dots, an emoji.

    Raises:
        EmptyText: names `field`.
    """
    if all(
        char in _MARKS
        or (unicodedata.category(char) in _PICTURES and not "\xa1" <= char < _FIRST_PICTURE)
        for char in BARE_PAUSE.sub("", text)
    ):
        error = EmptyText("the text is empty of all that can be spoken; give at least one word")
        error.field = field
        raise error


Text = Annotated[str, Field(min_length=1, **_tell(pattern=r"\S"))]

Voice = Annotated[
    str, Field(examples=["af_heart", "af_heart:0.7,am_adam:0.3"], **_tell(pattern=VOICE_PATTERN))
]

Owner = Annotated[
    str,
    AfterValidator(check_owner),
    Field(examples=["ann"], **_tell(pattern=f"^{OWNER_PATTERN}$", maxLength=64)),
]

Language = Annotated[
    str, Field(examples=["auto", "en-us"], **_tell(enum=["auto", *LANGUAGES, *REQUEST_TAGS]))
]

OutputName = Annotated[
    str,
    AfterValidator(_check_name),
    Field(examples=["news/today"], **_tell(pattern=NAME_PATTERN, maxLength=MAX_NAME_CHARACTERS)),
]

Lexicon = Annotated[
    dict[str, str],
    Field(
        examples=[{"Kokoro": "kˈOkəɹO"}, {"Milly": "say:Millie"}],
        **_tell(
            maxProperties=MAX_LEXICON_ENTRIES,
            propertyNames={"pattern": r"\S", "maxLength": MAX_LEXICON_CHARACTERS},
            additionalProperties={
                "type": "string",
                "pattern": r"^(?!\s*say:\s*$)[\s\S]*\S",
                "maxLength": MAX_LEXICON_CHARACTERS,
            },
        ),
    ),
]

CallbackUrl = Annotated[
    str,
    Field(
        examples=["https://hooks.example.com/speech"],
        **_tell(pattern="^https?://[A-Za-z0-9]", maxLength=MAX_URL_CHARACTERS),
    ),
]

Metadata = Annotated[
    dict[str, str],
    Field(
        examples=[{"user": "42"}],
        **_tell(
            maxProperties=MAX_METADATA_ENTRIES,
            propertyNames={"maxLength": MAX_METADATA_CHARACTERS},
            additionalProperties={"type": "string", "maxLength": MAX_METADATA_CHARACTERS},
        ),
    ),
]
