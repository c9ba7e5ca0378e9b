"""Roles: who speaks what of a text with several voices.

``[voice:NAME]`` in a text gives the word to NAME, which is a role or a voice of the catalogue, up
to the next of these; ``[voice:default]`` gives it back.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..errors import InvalidRequest
from ..voices import MAX_SPEED, MIN_SPEED, format_voice, parse_voice
from .markup import VOICE_CHANGE

MAX_ROLES = 1_000
MAX_ROLE_CHARACTERS = 100
DEFAULT_SPEAKER = "default"
"""In a text: the voice that the request or the chapter names."""


class Role(BaseModel):
    """A voice or a blend, and how fast it speaks. A bare text is the voice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice: str
    speed: float | None = Field(
        default=None,
        ge=MIN_SPEED,
        le=MAX_SPEED,
        allow_inf_nan=False,
        exclude_if=lambda speed: speed is None,
    )
    """Above 1 is faster; None for the speed of the request or the chapter."""

    @classmethod
    def read(cls, fields: object) -> Self:
        """Return the role that a file describes.

        Raises:
            InvalidRequest: a field is wrong; or the class below it that fits.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError as exc:
            first = exc.errors()[0]
            cause = first.get("ctx", {}).get("error")
            if isinstance(cause, InvalidRequest):
                raise cause from exc
            field = ".".join(map(str, first["loc"]))
            message = f"{field} {first['input']!r}: {first['msg']}"
            raise InvalidRequest(
                f"{message.strip()}; a role has {' and '.join(cls.model_fields)}"
            ) from exc

    @model_validator(mode="before")
    @classmethod
    def _from_voice(cls, fields: Any) -> Any:
        return {"voice": fields} if isinstance(fields, str) else fields

    @field_validator("voice")
    @classmethod
    def _canonical_voice(cls, voice: str) -> str:
        return format_voice(parse_voice(voice))


def check_role_name(name: str) -> str:
    """Return `name` if ``[voice:NAME]`` can hold it.

    Raises:
        InvalidRequest: it is empty, too long, taken, or has brackets or line ends.
    """
    if not name or name != name.strip() or len(name) > MAX_ROLE_CHARACTERS:
        raise InvalidRequest(
            f"speaker {name[:MAX_ROLE_CHARACTERS]!r}: a name has 1 to {MAX_ROLE_CHARACTERS} "
            "characters and no space at its ends"
        )
    if "[" in name or "]" in name or not name.isprintable():
        raise InvalidRequest(f"speaker {name!r}: a name has no brackets and no line ends")
    if name == DEFAULT_SPEAKER:
        raise InvalidRequest(f"speaker {name!r} is the request's own voice; choose another name")
    return name


def find_speakers(text: str, roles: Mapping[str, Role]) -> dict[str, Role]:
    """Return the roles that `text` names, sorted; a voice of the catalogue is a role, too.

    Where it names none of either, and `roles` has none, brackets are words like any others.

    Raises:
        InvalidRequest: it names somebody else; the message has line and column.
    """
    found: dict[str, Role] = {}
    unknown: tuple[int, str] | None = None
    for match in VOICE_CHANGE.finditer(text):
        name = match["speaker"]
        if name in found or name == DEFAULT_SPEAKER:
            continue
        if name in roles:
            found[name] = roles[name]
            continue
        try:
            parse_voice(name)
        except InvalidRequest as exc:
            unknown = unknown or (match.start(), f"{match.group()} is no speaker, and {exc}")
        else:
            found[name] = Role(voice=name)
    if unknown and (found or roles):
        at, fault = unknown
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        raise InvalidRequest(f"the text at line {line}, column {column}: {fault}")
    return dict(sorted(found.items()))


def write_turns(turns: object, speakers: object) -> str:
    """Return turns, ``[{"speaker", "text"}]``, as one text: each a paragraph after its speaker.

    Raises:
        InvalidRequest: a turn has no text, other keys, or a speaker that is neither in `speakers`
            nor a voice; the message has its number.
    """
    if not isinstance(turns, Sequence) or isinstance(turns, str) or not turns:
        raise InvalidRequest('turns must be a list such as [{"speaker": "Ann", "text": "Hello."}]')
    known = set(speakers) if isinstance(speakers, Mapping) else set()
    text = "\n\n".join(_write_turn(turn, number, known) for number, turn in enumerate(turns, 1))
    if {match["speaker"] for match in VOICE_CHANGE.finditer(text)} == {DEFAULT_SPEAKER}:
        # In a text without other speakers its brackets would be read out.
        return text.replace(f"[voice:{DEFAULT_SPEAKER}]", "")
    return text


def _write_turn(turn: object, number: int, known: set[str]) -> str:
    fields = dict(turn) if isinstance(turn, Mapping) else {}
    text, speaker = fields.pop("text", None), fields.pop("speaker", DEFAULT_SPEAKER)
    if not isinstance(text, str) or not text.strip() or not isinstance(speaker, str) or fields:
        raise InvalidRequest(f"turn {number} is not a speaker and a text that is not empty")
    if speaker not in known and speaker != DEFAULT_SPEAKER:
        try:
            parse_voice(speaker)
        except InvalidRequest as exc:
            raise InvalidRequest(f"turn {number}: {speaker!r} is no speaker, and {exc}") from exc
    return f"[voice:{speaker}]{text.strip()}"
