"""An answer to ``/v1/audio/speech``: submit, wait for the first chunk, send what comes."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, suppress
from itertools import chain
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse

from jobs.errors import JobFailed, QueueUnavailable, UnknownJob, find_error
from jobs.playback.encoders import MEDIA_TYPES, StreamFormat
from jobs.queue.async_queue import AsyncSpeechJob
from jobs.queue.overview import find_workers
from jobs.request import SpeechRequest
from jobs.voices import DEFAULT_VOICE, MAX_SPEED, MIN_SPEED, VOICES
from scripts.webapp.gateway import Gateway, choose_owner
from scripts.webapp.schemas.fields import VOICE_PATTERN, Owner, Text, check_words
from scripts.webapp.schemas.problems import NoWorker, StreamBroken, UnknownModel, openai_error
from scripts.webapp.streaming.finished_files import encode_finished
from scripts.webapp.streaming.live_stream import follow_audio, open_follower
from scripts.webapp.streaming.responses import JobStream, begin, unless_gone

OPENAI_VOICES = {
    "alloy": "af_alloy",
    "ash": "am_michael",
    "ballad": "bm_fable",
    "cedar": "am_puck",
    "coral": "af_bella",
    "echo": "am_echo",
    "fable": "bm_george",
    "marin": DEFAULT_VOICE,
    "nova": "af_nova",
    "onyx": "am_onyx",
    "sage": "af_sarah",
    "shimmer": "af_sky",
    "verse": "am_fenrir",
}
"""OpenAI's name to Kokoro's; they sound as Kokoro does, not as OpenAI's do."""

MODELS = ("kokoro", "tts-1", "tts-1-hd", "gpt-4o-mini-tts")
"""Accepted names; behind each is the one model that the workers have loaded."""


_MODEL = re.compile(rf"({'|'.join(MODELS)})(-[0-9]{{4}}(-[0-9]{{2}}-[0-9]{{2}})?)?")
_BLENDED = re.compile(r"([^()]*)\(([^()]*)\)")


def find_voice(name: str) -> str:
    """Return Kokoro's name for a voice of OpenAI's, and a blend with plus signs in our own form."""
    parts = [part.strip() for part in name.split("+")]
    if len(parts) == 1 and not parts[0].endswith(")"):
        return OPENAI_VOICES.get(parts[0].lower(), name)
    found = ((_BLENDED.fullmatch(part), part) for part in parts)
    shares = (
        (match[1].strip(), f":{match[2].strip()}") if match else (part, "") for match, part in found
    )
    return ",".join(
        f"{OPENAI_VOICES.get(voice.lower(), voice)}{weight}" for voice, weight in shares
    )


def is_model(name: str) -> bool:
    """Say whether a model's name is one that is answered to; some clients send a voice's."""
    wanted = name.strip().lower()
    return _MODEL.fullmatch(wanted) is not None or "kokoro" in wanted or wanted in list_names()


def list_names() -> tuple[str, ...]:
    """Return every voice that a client may choose, Kokoro's own first."""
    return (*VOICES, *OPENAI_VOICES)


MAX_WAIT_SECONDS = 300.0
"""Longest wait for the first chunk; then the queue is too long for somebody who listens."""

EVENTS = "text/event-stream"


VoiceName = Annotated[
    str,
    Field(json_schema_extra={"anyOf": [{"enum": list(OPENAI_VOICES)}, {"pattern": VOICE_PATTERN}]}),
]


class VoiceId(BaseModel):
    """A voice as newer clients name it."""

    id: VoiceName


class SpeechBody(BaseModel):
    """What OpenAI's clients send; fields that are not here are passed over."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    model: Annotated[str, Field(examples=["tts-1"], json_schema_extra={"enum": list(MODELS)})] = (
        "kokoro"
    )
    """kokoro, tts-1, tts-1-hd or gpt-4o-mini-tts; all are Kokoro."""
    input: Annotated[Text, Field(examples=["Hello from the web."])]
    """What is spoken."""
    voice: Annotated[VoiceName | VoiceId, Field(examples=["alloy", "af_heart"])] = "alloy"
    """A voice of Kokoro's or a blend, or one of OpenAI's names."""
    response_format: StreamFormat = "mp3"
    speed: Annotated[float, Field(ge=0.25, le=4, allow_inf_nan=False)] = 1.0
    """Speaking rate; Kokoro can 0.5 to 2, and the header X-Speed says where another was used."""
    lang_code: str = "auto"
    """Language, as Kokoro-FastAPI's clients name it; auto is the voice's own."""
    stream_format: Literal["audio", "sse"] = "audio"
    """The audio itself, or events that carry it in base64."""
    owner: Owner | None = None
    """Whose it is, beyond OpenAI's protocol; the token's owner unless given."""
    instructions: str | None = None
    """Taken and not followed: Kokoro has no directions."""

    @model_validator(mode="before")
    @classmethod
    def _as_clients_mean_it(cls, fields: Any) -> Any:
        """Take null for absent, formats in any case, and a voice for which the model is named."""
        if not isinstance(fields, dict):
            return fields
        given = {name: value for name, value in fields.items() if value is not None}
        for name in ("response_format", "stream_format"):
            if isinstance(given.get(name), str):
                given[name] = given[name].strip().lower()
        model = given.get("model")
        if isinstance(model, str) and model.strip().lower() in list_names():
            given.setdefault("voice", model)
        return given

    @property
    def spoken_speed(self) -> float:
        """The speed that Kokoro speaks at."""
        return min(max(self.speed, MIN_SPEED), MAX_SPEED)

    def to_request(self, pause_scale: float, owner: str = "") -> SpeechRequest:
        """Return the request; raises InvalidRequest or UnknownModel."""
        if not is_model(self.model):
            raise UnknownModel(f"model {self.model!r} does not exist here; use {', '.join(MODELS)}")
        check_words(self.input, "input")
        voice = self.voice if isinstance(self.voice, str) else self.voice.id
        return SpeechRequest(
            text=self.input,
            voice=find_voice(voice),
            language=self.lang_code,
            speed=self.spoken_speed,
            pause_scale=pause_scale,
            owner=owner,
            # Without loss: each answer is encoded from it, so that it has the same bytes each time.
            format="wav",
        )

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says beside its audio."""
        return {} if self.spoken_speed == self.speed else {"X-Speed": f"{self.spoken_speed:g}"}

    @property
    def media_type(self) -> str:
        """Type of the answer."""
        return EVENTS if self.stream_format == "sse" else MEDIA_TYPES[self.response_format]

    def wrap(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Return `pieces` of audio as the client wants them."""
        if self.stream_format == "audio":
            return pieces
        return _as_events(pieces, characters=len(self.input))


async def speak(gateway: Gateway, request: Request, body: SpeechBody) -> Response:
    """Put a text into the interactive lane and answer with its audio as it comes.

    Raises:
        InvalidRequest: the request is wrong, or the worker found it so.
        NoWorker: nobody is there to speak it, or nobody got to it.
        QueueFull: too much waits already.
        JobFailed: it failed before its first chunk.
    """
    owner = choose_owner(body.owner, gateway)
    speech = await run_sync(body.to_request, gateway.settings.pause_scale, owner)
    if not await asyncio.to_thread(find_workers, gateway.queue.blocking.connection):
        raise NoWorker("no worker is alive to speak this; start one with `ktts worker`")
    job = await gateway.queue.submit(speech, queue="interactive")
    async with AsyncExitStack() as unless_answered:
        unless_answered.push_async_callback(_withdraw, job)
        try:
            async with asyncio.timeout(MAX_WAIT_SECONDS):
                stream = await _follow(gateway, request, job, body)
        except JobFailed as exc:
            raise find_error(exc.error_name)(str(exc)) from exc
        except TimeoutError as exc:
            raise NoWorker(f"no worker got to this within {MAX_WAIT_SECONDS:.0f} s") from exc
        unless_answered.pop_all()
    return stream or await _serve(gateway, speech, body)


async def _follow(
    gateway: Gateway, request: Request, job: AsyncSpeechJob, body: SpeechBody
) -> JobStream | None:
    """Return a stream that has begun, or None where the job has finished already."""
    async with AsyncExitStack() as resources:
        view = await resources.enter_async_context(gateway.watch.follow(job.id))
        work_dir = gateway.settings.work_dir
        follower = await unless_gone(request, open_follower(view, work_dir, job.id))
        if follower is None:
            return None
        resources.enter_context(follower)
        audio = follow_audio(view, follower, body.response_format)
        pieces = await unless_gone(request, begin(audio))
        return JobStream(
            body.wrap(pieces),
            resources=resources.pop_all(),
            on_gone=lambda: _withdraw(job),
            media_type=body.media_type,
            headers={"X-Job-Id": job.id} | body.headers,
        )


async def _serve(gateway: Gateway, speech: SpeechRequest, body: SpeechBody) -> Response:
    headers = {"X-Job-Id": speech.job_id} | body.headers
    output_dir = gateway.settings.output_dir
    encoded = encode_finished(output_dir, speech.output_file, body.response_format)
    # Before the answer begins, so that what cannot be read is an answer of its own.
    first = await run_sync(next, encoded, b"")
    pieces = iterate_in_threadpool(chain((first,), encoded))
    return StreamingResponse(body.wrap(pieces), media_type=body.media_type, headers=headers)


async def _withdraw(job: AsyncSpeechJob) -> None:
    # Gone already, or out of reach: then it is spoken to its end, and the next one finds it done.
    with suppress(UnknownJob, QueueUnavailable):
        await job.withdraw()


async def _as_events(
    pieces: AsyncIterator[bytes], *, characters: int
) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in pieces:
            if piece:
                audio = base64.b64encode(piece).decode()
                yield _event({"type": "speech.audio.delta", "audio": audio})
    except StreamBroken as exc:
        yield _event({"type": "error"} | openai_error(500, str(exc)))
        raise
    # Tokens are another model's measure; here the text's characters are what was read.
    usage = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
    yield _event({"type": "speech.audio.done", "usage": usage})


def _event(document: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(document)}\n\n".encode()
