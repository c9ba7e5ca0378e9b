"""The wire types: what a producer asks for, and what it gets back. JSON, never pickle."""

import hashlib
import json
import re
import unicodedata
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails

from .callback import read_receiver
from .errors import EmptyText, InvalidRequest, SpeechError
from .formats import FORMATS, READINGS, AudioFormat, Reading
from .text.markup import has_words
from .text.owners import check_owner, owner_dir
from .text.roles import MAX_ROLES, Role, check_role_name, find_speakers, write_turns
from .text.source_text import read_source
from .text.ssml import is_ssml
from .voices import (
    DEFAULT_VOICE,
    MAX_SPEED,
    MIN_SPEED,
    format_voice,
    parse_language,
    parse_voice,
)

__all__ = [
    "FORMATS",
    "READINGS",
    "AudioFormat",
    "Reading",
    "SpeechProgress",
    "SpeechRequest",
    "SpeechResult",
    "SpeechStatus",
]

MAX_PAUSE_SCALE = 4.0
MAX_NAME_CHARACTERS = 200
PARTS_DIR = "parts"
"""Folder of the finished parts of books, whose names say what is spoken."""
OWNERS_DIR = "by-owner"
"""Folder of the files to which owners have given names."""
RESERVED_DIRS = ("books", PARTS_DIR, OWNERS_DIR)
"""Folders of the output directory that no request may choose: those of books and their parts."""
MAX_METADATA_ENTRIES = 32
MAX_METADATA_CHARACTERS = 1_000
MAX_LEXICON_ENTRIES = 10_000
MAX_LEXICON_CHARACTERS = 200
RESPELLED = "say:"
"""Begins a lexicon entry that is ordinary letters, to be read by the language's own rules."""
_MAX_SHOWN_CHARACTERS = 60
_SURROGATE = re.compile("[\ud800-\udfff]")


class WireModel(BaseModel):
    """A frozen record that goes through Redis as JSON; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SpeechRequest(WireModel):
    """Text to be spoken, and how.

    Raises:
        InvalidRequest: or the class below it that fits; the message names the field.
    """

    text: str
    """What is spoken, as it is: results refer to it by character offset. SSML if it begins with
    ``<speak``."""
    speakers: dict[str, Role] = Field(
        default_factory=dict,
        validate_default=True,
        max_length=MAX_ROLES,
        exclude_if=lambda speakers: not speakers,
    )
    """Name to voice and speed, of those who speak after ``[voice:NAME]`` in the text. What the text
    does not name is left out, and voices that it names are put in: the rest changes no identity."""
    voice: str = DEFAULT_VOICE
    """A voice of the catalogue, or a blend such as ``af_heart:0.7,am_adam:0.3``."""
    language: str = Field(default="auto", validate_default=True)
    """One of Kokoro's nine, by letter or tag (``a``, ``en-us``); auto is the voice's own."""
    speed: float = Field(default=1.0, ge=MIN_SPEED, le=MAX_SPEED, allow_inf_nan=False)
    """Speaking rate, 0.5 to 2.0; above 1 is faster."""
    format: AudioFormat = "wav"
    """Format of the finished file."""
    output_name: str | None = None
    """File name below the output directory, without extension; the job's id where absent."""
    lexicon: dict[str, str] = Field(default_factory=dict, max_length=MAX_LEXICON_ENTRIES)
    """Word to phonemes (IPA as Kokoro writes it), over the built-in pronunciation; or to ``say:``
    and a respelling in ordinary letters, for example ``{"Milly": "say:Millie"}``."""
    reading: Reading = Field(default="full", exclude_if=lambda reading: reading == "full")
    """plain leaves figures, signs and short forms to the language's own package. The default is
    not written, so that it is known to older workers and changes no identity."""
    pause_scale: float = Field(
        default=1.0,
        ge=0.0,
        le=MAX_PAUSE_SCALE,
        allow_inf_nan=False,
        exclude_if=lambda scale: scale == 1.0,
    )
    """Factor on all pauses but those that the text itself asks for in seconds, 0 to 4. The default
    is not written, as with `reading`."""
    owner: str = Field(default="", exclude_if=lambda owner: not owner)
    """Whose the work is: bounds and turns are by owner, and equal requests of two owners are two
    jobs. Nobody's where absent, which is not written."""
    metadata: dict[str, str] = Field(default_factory=dict, max_length=MAX_METADATA_ENTRIES)
    """The producer's own labels; carried along, no part of the identity."""
    callback_url: str | None = Field(default=None, exclude_if=lambda url: url is None)
    """Who is told of the end, with the metadata (docs/webhooks.md); no part of the identity."""

    def __init__(self, /, **fields: Any) -> None:
        """Check the fields and bring them into their one canonical form.

        In place of the text there may be `turns`: a list of ``{"speaker", "text"}``.
        """
        if "turns" in fields:
            fields = _write_text(fields)
        try:
            super().__init__(**fields)
        except ValidationError as exc:
            raise _nearest_error(exc) from exc
        if _is_reserved(self.output_name) and self.output_name != part_name(self):
            error = InvalidRequest(
                f"output name {self.output_name!r} is among those of books and owners; choose "
                f"another folder than {', '.join(RESERVED_DIRS)}"
            )
            error.field = "output_name"
            raise error

    @classmethod
    def from_json(cls, document: str | bytes) -> Self:
        """Read a request off the wire.

        Raises:
            InvalidRequest: not JSON, not an object, or a field is wrong.
        """
        try:
            fields = json.loads(document)
        except (ValueError, RecursionError) as exc:
            raise InvalidRequest(f"the request is not JSON: {exc}") from exc
        if not isinstance(fields, dict):
            raise InvalidRequest("the request must be a JSON object")
        return cls(**fields)

    @field_validator("text")
    @classmethod
    def _has_text(cls, text: str) -> str:
        if not text.strip():
            raise EmptyText("the text is empty; give at least one word")
        if surrogate := _SURROGATE.search(text):
            raise InvalidRequest(
                f"the text is not valid Unicode at character {surrogate.start()}; "
                "decode it as UTF-8 first"
            )
        if is_ssml(text) and not has_words(read_source(text).text):
            raise EmptyText("the SSML holds no words")
        return text

    @field_validator("speakers")
    @classmethod
    def _has_speakers(cls, speakers: dict[str, Role], others: ValidationInfo) -> dict[str, Role]:
        for name in speakers:
            check_role_name(name)
        return find_speakers(others.data.get("text", ""), speakers)

    @field_validator("voice")
    @classmethod
    def _canonical_voice(cls, voice: str) -> str:
        return format_voice(parse_voice(voice))

    @field_validator("language")
    @classmethod
    def _canonical_language(cls, language: str, others: ValidationInfo) -> str:
        # A wrong voice is reported as such; then any will do here.
        return parse_language(language, others.data.get("voice", DEFAULT_VOICE))

    @field_validator("output_name")
    @classmethod
    def _is_plain_name(cls, name: str | None) -> str | None:
        return None if name is None else check_output_name(name)

    @field_validator("owner")
    @classmethod
    def _is_owner(cls, owner: str) -> str:
        return check_owner(owner) if owner else owner

    @field_validator("lexicon")
    @classmethod
    def _has_short_words(cls, lexicon: dict[str, str]) -> dict[str, str]:
        for word, phonemes in lexicon.items():
            _check_unicode("lexicon entry", word, phonemes)
            if not word.strip() or not phonemes.strip().removeprefix(RESPELLED).strip():
                raise InvalidRequest(f"lexicon entry {word!r}: word and phonemes must not be empty")
            if max(len(word), len(phonemes)) > MAX_LEXICON_CHARACTERS:
                raise InvalidRequest(
                    f"lexicon entry {word[:40]!r} has over {MAX_LEXICON_CHARACTERS} characters"
                )
        return dict(sorted(lexicon.items()))

    @field_validator("metadata")
    @classmethod
    def _has_small_labels(cls, metadata: dict[str, str]) -> dict[str, str]:
        return check_metadata(metadata)

    @field_validator("callback_url")
    @classmethod
    def _is_plain_url(cls, url: str | None) -> str | None:
        if url is not None:
            read_receiver(url)
        return url

    @property
    def job_id(self) -> str:
        """The identity: a hash of all that changes the audio or its place, and of nothing else."""
        identity = self.model_dump(exclude={"metadata", "callback_url"})
        document = json.dumps(identity, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(document.encode()).hexdigest()[:32]

    def language_of(self, speaker: str) -> str:
        """Return the language in which `speaker` speaks: the voice's own, unless one was asked for.

        It was where the request's is not that of its own voice.
        """
        role = self.speakers.get(speaker)
        is_own = self.language == parse_language("auto", self.voice)
        return parse_language("auto", role.voice) if role and is_own else self.language

    @property
    def output_file(self) -> str:
        """Where the finished file goes, relative to the output directory.

        A name of an owner's stands in a folder of theirs; those of jobs and parts differ anyway.
        """
        name = self.output_name or self.job_id
        if self.owner and self.output_name and not _is_reserved(name):
            name = f"{OWNERS_DIR}/{owner_dir(self.owner)}/{name}"
        return f"{name}.{self.format}"

    def owned_by(self, owner: str) -> Self:
        """Return the same request as one of `owner`'s, or itself where it has an owner or none is.

        Raises:
            InvalidRequest: nobody can be called so.
        """
        if self.owner or not owner:
            return self
        owned = self.model_copy(update={"owner": check_owner(owner)})
        if not _is_reserved(self.output_name):
            return owned
        return owned.model_copy(update={"output_name": part_name(owned)})


def check_metadata(metadata: dict[str, str]) -> dict[str, str]:
    """Return a producer's labels if they are few and short enough; else raise InvalidRequest."""
    if len(metadata) > MAX_METADATA_ENTRIES:
        raise InvalidRequest(f"metadata has more than {MAX_METADATA_ENTRIES} entries")
    for key, value in metadata.items():
        _check_unicode("metadata", key, value)
        if max(len(key), len(value)) > MAX_METADATA_CHARACTERS:
            raise InvalidRequest(
                f"metadata {key[:40]!r} is longer than {MAX_METADATA_CHARACTERS} characters; "
                "keep large values elsewhere and store their key"
            )
    return metadata


def _check_unicode(what: str, *texts: str) -> None:
    """Refuse half a surrogate pair, as JSON can hold it: no file and no server takes it."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidRequest(f"{what} {text[:40]!r} is no Unicode text") from None


def part_name(request: SpeechRequest) -> str:
    """Return the output name of a book's part: a hash of what it speaks and how, and of no more."""
    spoken = request.model_dump(exclude={"metadata", "callback_url", "output_name", "format"})
    document = json.dumps(spoken, sort_keys=True, ensure_ascii=False)
    return f"{PARTS_DIR}/{hashlib.sha256(document.encode()).hexdigest()[:32]}"


def _is_reserved(name: str | None) -> bool:
    # As a file system that ignores case and composition reads it.
    folded = unicodedata.normalize("NFKC", name or "").casefold()
    return folded.partition("/")[0] in RESERVED_DIRS


def check_output_name(name: str) -> str:
    """Return `name` if it is safe as a path below the output directory.

    Raises:
        InvalidRequest: absolute, leading out, hidden, too long, or with odd characters.
    """
    path = PurePosixPath(name)
    if not name or name != name.strip() or str(path) != name:
        raise InvalidRequest(f"output name {name!r} is not a plain relative path such as book/one")
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise InvalidRequest(
            f"output name {name!r} leads out of the output directory; use a relative one without .."
        )
    if any(part.startswith(".") for part in path.parts):
        raise InvalidRequest(
            f"output name {name!r} has a hidden part; no part may start with a dot"
        )
    if any(unicodedata.category(char).startswith("C") for char in name):
        raise InvalidRequest(f"output name {name!r} contains a control character")
    if len(name.encode()) > MAX_NAME_CHARACTERS:
        raise InvalidRequest(f"output name is longer than {MAX_NAME_CHARACTERS} bytes")
    return name


class SpeechStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    """Waiting for a worker."""
    RUNNING = "running"
    """A worker is speaking it."""
    FINISHED = "finished"
    """The file is complete under its final name."""
    FAILED = "failed"
    """It ended without a file; the error says why."""
    CANCELLED = "cancelled"
    """Somebody asked for it to end."""
    UNREADABLE = "unreadable"
    """Another program has written a state into its record that is none of these."""

    @property
    def is_terminal(self) -> bool:
        """Nothing more will happen unless somebody submits the work again."""
        return self not in {SpeechStatus.QUEUED, SpeechStatus.RUNNING}


_LARGEST = 10**15
Count = Annotated[int, Field(ge=0, le=_LARGEST)]
Amount = Annotated[float, Field(ge=0, le=_LARGEST, allow_inf_nan=False)]


class SpeechProgress(WireModel):
    """How far a running job is."""

    chunks: Count = 0
    """Chunks whose audio is safe on disk."""
    characters: Count = 0
    """Characters of the text that these chunks cover."""
    characters_total: Count = 0
    """Characters of the whole text."""
    audio_seconds: Amount = 0.0
    """Audio made so far."""
    processing_seconds: Amount = 0.0
    """Time that this run of the job has taken so far."""
    real_time_factor: Amount = 0.0
    """Processing over audio of this run's own chunks; below 1 is faster than real time."""

    @property
    def fraction(self) -> float:
        """Share of the text that is done, 0 to 1."""
        return self.characters / self.characters_total if self.characters_total else 0.0

    @property
    def remaining_seconds(self) -> float | None:
        """Expected time to the end at the speed so far; None before the first chunk."""
        if not self.fraction or not self.processing_seconds:
            return None
        audio_left = self.audio_seconds * (1 / self.fraction - 1)
        return audio_left * self.real_time_factor


class Unspoken(WireModel):
    """A piece of the text that has no sound in this language or model."""

    start: int
    """First character in the request's text."""
    end: int
    """Character after the last."""
    text: str
    """The piece itself."""
    reason: str
    """Why it cannot be spoken."""


class SpeechResult(WireModel):
    """A finished file and the facts about it; never the audio itself."""

    job_id: str
    status: SpeechStatus = SpeechStatus.FINISHED
    path: str
    """Absolute path of the finished file as the worker sees it; in a store, the object."""
    output_file: str
    """The same file relative to the output directory, for a process that mounts it elsewhere."""
    format: AudioFormat
    sample_rate: int
    """Samples per second."""
    audio_seconds: float
    processing_seconds: float
    """Time spent on it, all runs together."""
    real_time_factor: float
    """Processing over audio; below 1 is faster than real time."""
    chunks: int
    characters: int
    """Characters of the request's text; the chunks' spans tile all of them."""
    phonemes: int
    unspoken: tuple[Unspoken, ...] = ()
    """What of the text has no sound; everything else was spoken."""
    device: str
    """Where the model ran, for example cpu or cuda:0."""
    voice: str
    language: str
    speed: float
    sha256: str
    """Of the finished file."""
    fingerprint: dict[str, str]
    """What the bytes depend on beside the request: weights, versions, device, precision."""
    mixed: bool = False
    """Not all chunks were made alike: the job moved between unlike workers, or took detours."""
    detours: dict[str, int] = Field(default_factory=dict)
    """How many chunks were made otherwise than usual for want of memory, by what was done."""
    run: str = ""
    """Name of the repetition (``--again``) that made it; empty for the first."""
    metadata: dict[str, str] = Field(default_factory=dict)
    object: str = Field(default="", exclude_if=lambda name: not name)
    """The file in the object store, ``s3://bucket/key``; left out where there is no store."""
    url: str = Field(default="", exclude_if=lambda url: not url)
    """Signed address of that for who has no key; good for KTTS_OUTPUT_STORE_URL_SECONDS."""


def _write_text(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the text that their turns make."""
    try:
        text = write_turns(fields["turns"], fields.get("speakers"))
    except InvalidRequest as exc:
        exc.field = "turns"
        raise
    if "text" in fields:
        raise InvalidRequest("give a text or turns, not both")
    return {name: value for name, value in fields.items() if name != "turns"} | {"text": text}


def _nearest_error(exc: ValidationError) -> SpeechError:
    """Turn pydantic's report into one typed error with one line."""
    first = exc.errors()[0]
    cause = first.get("ctx", {}).get("error")
    error = cause if isinstance(cause, InvalidRequest) else InvalidRequest(_describe(first))
    error.field = str(first["loc"][0]) if first["loc"] else ""
    if error is cause and first["loc"][0] == "speakers" and len(first["loc"]) > 1:
        error = type(error)(f"speaker {first['loc'][1]!r}: {error}")
        error.field = "speakers"
    return error


def _describe(first: ErrorDetails) -> str:
    field = ".".join(str(part) for part in first["loc"]) or "request"
    given = repr(first["input"])
    shown = given if len(given) <= _MAX_SHOWN_CHARACTERS else given[:_MAX_SHOWN_CHARACTERS] + "..."
    message = first["msg"][0].lower() + first["msg"][1:]
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(SpeechRequest.model_fields))
        return f"unknown field {field!r}; a request has {known}"
    if first["type"] == "missing":
        return f"field {field!r} is missing"
    return f"{field} {shown}: {message}"
