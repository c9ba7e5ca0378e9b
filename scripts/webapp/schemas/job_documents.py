"""What the gateway takes and gives, as JSON; the OpenAPI description is made of these."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from jobs.queue.job_info import JobInfo
from jobs.request import (
    MAX_PAUSE_SCALE,
    AudioFormat,
    Reading,
    SpeechRequest,
    SpeechStatus,
)
from jobs.text.roles import DEFAULT_SPEAKER
from jobs.voices import DEFAULT_VOICE, MAX_SPEED, MIN_SPEED
from scripts.webapp.guard.proxies import ROOT_PATH
from scripts.webapp.schemas.fields import (
    CallbackUrl,
    Language,
    Lexicon,
    Metadata,
    OutputName,
    Owner,
    Text,
    Voice,
    check_words,
)

QueueName = Literal["interactive", "default", "bulk"]


class Document(BaseModel):
    """Base of what goes over the wire."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Speaker(Document):
    """Who speaks some of a text."""

    voice: Voice
    """A voice of the catalogue, or a blend."""
    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] | None = None
    """Speaking rate; the request's where absent."""


class Turn(Document):
    """What one of the speakers says."""

    speaker: Annotated[str, Field(examples=["af_heart"])] = DEFAULT_SPEAKER
    """A name of `speakers`, or a voice; default is the voice of the request."""
    text: Annotated[Text, Field(examples=["Hello from the web."])]


class JobSubmission(Document):
    """A text to be spoken, and how; the same one again is the same job."""

    text: Annotated[Text, Field(examples=["Hello from the web."])] | None = None
    """What is spoken, as it is: captions and results refer to it by character offset. SSML if it
    begins with `<speak`. `[voice:NAME]` gives the word to a speaker or a voice."""
    turns: Annotated[list[Turn], Field(min_length=1)] | None = None
    """In place of a text: who says what, in order."""
    speakers: dict[str, Voice | Speaker] = {}
    """Name to voice, or to voice and speed."""
    voice: Voice = DEFAULT_VOICE
    """A voice of the catalogue, or a blend."""
    language: Language = "auto"
    """One of Kokoro's nine, by letter or tag (`a`, `en-us`); auto is the voice's own."""
    speed: Annotated[float, Field(ge=MIN_SPEED, le=MAX_SPEED)] = 1.0
    """Speaking rate; above 1 is faster."""
    format: AudioFormat = "wav"
    """Format of the finished file."""
    output_name: OutputName | None = None
    """File name below the output directory, without extension; the job's id where absent."""
    lexicon: Lexicon = {}
    """Word to phonemes, over the built-in pronunciation; or to `say:` and a respelling."""
    reading: Reading = "full"
    """plain leaves figures, signs and short forms to the language's own package."""
    pause_scale: Annotated[float, Field(ge=0.0, le=MAX_PAUSE_SCALE)] | None = None
    """Factor on all pauses but those that the text gives in seconds; the server's unless given."""
    metadata: Metadata = {}
    """Labels of your own; carried along, no part of the identity."""
    owner: Owner | None = None
    """Whose it is; the token's owner unless given. Equal requests of two owners are two jobs."""
    callback_url: CallbackUrl | None = None
    """Who is told, with the metadata, when the job has finished, failed or been cancelled; a host
    that the operator allows. No part of the identity: every caller of the same job is told."""
    queue: QueueName = "default"
    """Where it waits: interactive is served first, bulk last."""
    again: bool = False
    """Make a finished job anew."""
    overwrite: bool = False
    """Replace other content that stands under the output name."""

    def to_request(self, pause_scale: float = 1.0, owner: str = "") -> SpeechRequest:
        """Return the request, with `pause_scale` unless it names one, and as `owner`'s.

        Raises:
            InvalidRequest: a field is wrong; the message names it.
        """
        if self.text is not None:
            check_words(self.text, "text")
        fields = self.model_dump(exclude={"queue", "again", "overwrite"}) | {"owner": owner}
        if self.pause_scale is None:
            fields["pause_scale"] = pause_scale
        for name in ("text", "turns"):
            if fields[name] is None:
                del fields[name]
        return SpeechRequest(**fields)


class Links(Document):
    """Where more of a job is found, as paths on this server."""

    self: str
    """The job; DELETE cancels it."""
    events: str
    """Its progress, as server-sent events."""
    audio: str
    """Its audio; while it runs, what is there and what comes."""
    captions: str
    """Its captions as WebVTT."""

    @classmethod
    def of(cls, job_id: str) -> Self:
        """Return the links of a job."""
        path = f"{ROOT_PATH.get()}/v1/jobs/{job_id}"
        return cls(
            self=path,
            events=f"{path}/events",
            audio=f"{path}/audio",
            captions=f"{path}/captions.vtt",
        )


class JobReceipt(Document):
    """A job that was accepted."""

    id: Annotated[str, Field(examples=["5e50f5ea85b4cdc69b95ea33b4bae982"])]
    is_new: bool
    """False where the same job existed already, waiting, running or finished."""
    links: Links


class Progress(Document):
    """How far a job is."""

    chunks: int
    """Chunks whose audio is safe on disk."""
    characters: int
    """Characters of the text that these chunks cover."""
    characters_total: int
    """Characters of the whole text; 0 before a worker has begun."""
    fraction: float
    """Share of the text that is done, 0 to 1."""
    audio_seconds: float
    """Audio made so far."""
    processing_seconds: float
    real_time_factor: float
    """Processing over audio; below 1 is faster than real time."""
    remaining_seconds: float | None
    """Expected time to the end; null before the first chunk."""


class JobError(Document):
    """Why a job has ended without a file."""

    name: str
    """Class of the error."""
    message: str
    """What is wrong and what to do."""


class JobDocument(Document):
    """All that is known of a job."""

    id: str
    status: SpeechStatus
    queue: str
    owner: str | None
    """Whose it is; null where nobody is named."""
    voice: str
    """Empty where there is more than one."""
    file: str
    """The finished file, relative to the output directory."""
    characters: int
    progress: Progress
    worker: str | None
    """Name of the worker that runs it."""
    enqueued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    error: JobError | None
    result: dict[str, Any] | None
    """Facts of the finished file: duration, sha256, what could not be spoken, fingerprint."""
    links: Links

    @classmethod
    def of(cls, facts: JobInfo) -> Self:
        """Describe a job."""
        progress = facts.progress
        error = JobError(name=facts.error_name, message=facts.error_message)
        return cls(
            id=facts.job_id,
            status=facts.status,
            queue=facts.queue,
            owner=facts.owner or None,
            voice=facts.voice,
            file=facts.output_file,
            characters=facts.characters,
            progress=Progress(
                **progress.model_dump(),
                fraction=progress.fraction,
                remaining_seconds=progress.remaining_seconds,
            ),
            worker=facts.worker or None,
            enqueued_at=facts.enqueued_at,
            started_at=facts.started_at,
            ended_at=facts.ended_at,
            error=error if facts.error_name else None,
            # The path is the worker's own and none of a web client's business.
            result=facts.result.model_dump(mode="json", exclude={"path"}) if facts.result else None,
            links=Links.of(facts.job_id),
        )


class JobList(Document):
    """A page of jobs."""

    jobs: list[JobDocument]
    next_cursor: str | None
    """What to give as `cursor` for the next page; null at the end."""


class OwnerDocument(Document):
    """What an owner has in the queues and at the workers."""

    waiting_jobs: int
    waiting_characters: int
    running_jobs: int


class QueueDocument(Document):
    """The queue at one moment."""

    waiting: dict[str, int]
    """Queue name to the jobs that wait in it."""
    waiting_characters: int
    running: int
    finished: int
    failed: int
    cancelled: int
    workers: list[str]
    """Names of the workers that are alive."""
    owners: dict[str, OwnerDocument]
    """Owner to what of theirs waits and runs; those with nothing are left out."""


class VoiceDocument(Document):
    """A voice of the catalogue."""

    name: Annotated[str, Field(examples=["af_heart"])]
    language: Annotated[str, Field(examples=["a"])]
    language_name: Annotated[str, Field(examples=["American English"])]
    gender: Literal["female", "male"]


class Problem(BaseModel):
    """What is wrong, as RFC 9457 has it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: Annotated[str, Field(examples=["urn:ktts:UnknownVoice"])]
    title: Annotated[str, Field(examples=["Unprocessable Entity"])]
    status: Annotated[int, Field(examples=[422])]
    detail: Annotated[str, Field(examples=["voice 'af_hart' is unknown; did you mean 'af_heart'?"])]
    """What is wrong and what to do."""
    error: Annotated[str, Field(examples=["UnknownVoice"])] = ""
    """Class of the error, where it is one of ours."""
    field: Annotated[str, Field(examples=["voice"])] = ""
    """Part of the request that is wrong."""
