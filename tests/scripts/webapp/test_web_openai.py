"""OpenAI's protocol, spoken by its own unchanged client."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest

from jobs import SpeechRequest
from jobs.playback.encoders import decode_file
from scripts.webapp.routes.openai_speech import find_voice
from scripts.webapp.schemas.fields import check_words
from tests.conftest import run_server
from tests.fakes.web import Site, make_text, submit, wait_for

WAV_HEADER_BYTES = 44


@pytest.fixture
def client(site: Site) -> Iterator[openai.OpenAI]:
    """Yield OpenAI's client, pointed at the gateway."""
    with openai.OpenAI(base_url=f"{site.url}/v1", api_key="none", max_retries=0) as opened:
        yield opened


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "m4a", "aac", "flac", "wav", "pcm"])
def test_every_format_is_spoken(
    site: Site, client: openai.OpenAI, tmp_path: Path, audio_format: str
):
    """Each format is audio of the text's length; the lossless ones are the job's own samples."""
    answer = client.audio.speech.create(
        model="tts-1",
        voice="alloy",
        input=make_text(f"OpenAI in {audio_format}", 2),
        response_format=audio_format,
    )
    job_id = answer.response.headers["x-job-id"]

    whole = _read(site.settings.output_dir / f"{job_id}.wav")
    if audio_format == "pcm":
        heard = np.frombuffer(answer.content, dtype="<i2")
    elif audio_format == "wav":
        heard = np.frombuffer(answer.content[WAV_HEADER_BYTES:], dtype="<i2")
    elif audio_format == "flac":
        heard = _decode(answer.content)
    else:
        (tmp_path / "heard").write_bytes(answer.content)
        assert abs(_read(tmp_path / "heard").size - whole.size) < 2_400
        return
    assert np.array_equal(heard, whole)


def test_aac_is_the_same_bytes_each_time(client: openai.OpenAI):
    """It is an ADTS stream, whether the job has finished before or not."""
    wish = {"model": "tts-1", "voice": "nova", "input": "Twice in AAC.", "response_format": "aac"}
    first = client.audio.speech.create(**wish)
    second = client.audio.speech.create(**wish)

    assert first.content == second.content
    assert first.content[:2] == b"\xff\xf1"
    assert second.response.headers["content-type"] == "audio/aac"


def test_it_streams_while_the_job_runs(site: Site, client: openai.OpenAI, web: httpx.Client):
    """The first bytes are there long before the last chunk is spoken."""
    with client.audio.speech.with_streaming_response.create(
        model="kokoro", voice="af_heart", input=make_text("streamed", 8), response_format="pcm"
    ) as answer:
        pieces = answer.iter_bytes()
        first = next(pieces)
        status = web.get(f"/v1/jobs/{answer.headers['x-job-id']}").json()["status"]
        rest = b"".join(pieces)

    assert status == "running"
    file = (site.settings.output_dir / f"{answer.headers['x-job-id']}.wav").read_bytes()
    assert first + rest == file[WAV_HEADER_BYTES:]


def test_the_same_again_is_the_finished_file(client: openai.OpenAI):
    """What was spoken before is not spoken again."""
    wish = {"model": "tts-1", "voice": "nova", "input": "Twice.", "response_format": "flac"}
    first = client.audio.speech.create(**wish)
    second = client.audio.speech.create(**wish)

    assert second.response.headers["x-job-id"] == first.response.headers["x-job-id"]
    assert first.content == second.content


@pytest.mark.parametrize("time", ["first", "again"])
def test_events_carry_the_same_audio(site: Site, web: httpx.Client, time: str):
    """With stream_format sse the audio comes in base64, and a last event says that it is whole."""
    body = {
        "model": "gpt-4o-mini-tts",
        "voice": {"id": "coral"},
        "input": "This is sent as events.",
        "response_format": "pcm",
        "stream_format": "sse",
    }
    answer = web.post("/v1/audio/speech", json=body)
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line]

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["type"] == "speech.audio.done"
    audio = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    file = (site.settings.output_dir / f"{answer.headers['x-job-id']}.wav").read_bytes()
    assert audio == file[WAV_HEADER_BYTES:]


@pytest.mark.parametrize(
    ("fields", "error", "param", "words"),
    [
        ({"input": ""}, openai.BadRequestError, "input", "at least 1 character"),
        ({"input": "<speak><x/></speak>"}, openai.BadRequestError, "input", "<x> is not supported"),
        ({"input": "  "}, openai.BadRequestError, "input", "empty"),
        ({"voice": "nobody"}, openai.BadRequestError, "voice", "unknown"),
        ({"speed": 5}, openai.BadRequestError, "speed", "less than or equal to 4"),
        ({"response_format": "ogg"}, openai.BadRequestError, "response_format", "mp3"),
        ({"model": "gpt-4"}, openai.NotFoundError, "model", "does not exist"),
    ],
)
def test_errors_are_those_that_its_client_knows(
    client: openai.OpenAI, fields: dict, error: type[openai.APIStatusError], param: str, words: str
):
    """Each mistake is the client's own exception, with the parameter and what to do."""
    wish = {"model": "tts-1", "voice": "alloy", "input": "Hello."} | fields

    with pytest.raises(error) as caught:
        client.audio.speech.create(**wish)

    assert caught.value.body["param"] == param
    assert words in caught.value.body["message"]


def test_a_job_that_fails_is_an_error_before_the_audio_and_a_break_in_it(
    client: openai.OpenAI, web: httpx.Client
):
    """Nobody takes a failure for the end of the speech."""
    with pytest.raises(openai.InternalServerError, match="the model failed on BOOM"):
        client.audio.speech.create(model="tts-1", voice="alloy", input="It says BOOM at once.")

    text = make_text("fails later", 2) + " [pause:0.1s] Then BOOM."
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        client.audio.speech.create(model="tts-1", voice="alloy", input=text)


def test_models_and_voices_are_listed(client: openai.OpenAI, web: httpx.Client):
    """As OpenAI's client and Open WebUI ask for them."""
    models = [model.id for model in client.models.list()]
    voices = web.get("/v1/audio/voices").json()["voices"]

    assert {"kokoro", "tts-1", "gpt-4o-mini-tts"} <= set(models)
    assert client.models.retrieve("tts-1").id == "tts-1"
    assert {"af_heart", "alloy"} <= {voice["id"] for voice in voices}
    assert all(voice["name"] for voice in voices)
    assert {"id": "tts-1", "name": "tts-1"} in web.get("/v1/audio/models").json()["models"]


def test_a_client_that_goes_away_cancels_what_nobody_else_wants(web: httpx.Client):
    """Its job ends; the one that somebody else submitted too is spoken to its end."""
    alone, shared = make_text("left alone", 60), make_text("left to another", 10)
    for text in (alone, shared):
        body = {"input": text, "response_format": "wav"}
        with web.stream("POST", "/v1/audio/speech", json=body) as answer:
            next(answer.iter_raw())
            if text == shared:
                # The same request, by somebody who does not listen.
                assert submit(web, text=text, voice="af_alloy") == answer.headers["x-job-id"]
        job_id = answer.headers["x-job-id"]
        wait_for(web, job_id, "cancelled" if text == alone else "finished")


def test_a_client_that_goes_away_while_it_waits_cancels_too(web: httpx.Client):
    """Its job is taken out of the queue before anybody speaks it."""
    blocker = submit(web, text=make_text("blocker", 40), queue="interactive")
    wait_for(web, blocker, "running")
    body = {"input": make_text("impatient", 3), "response_format": "wav"}
    with pytest.raises(httpx.ReadTimeout):
        web.post("/v1/audio/speech", json=body, timeout=1)

    request = SpeechRequest(text=body["input"], voice="af_alloy", format="wav")
    wait_for(web, request.job_id, "cancelled")
    assert web.get(f"/v1/jobs/{blocker}").json()["status"] == "running"
    web.delete(f"/v1/jobs/{blocker}")


def test_without_a_worker_it_says_so(tmp_path_factory: pytest.TempPathFactory):
    """503 with a time to come again, in OpenAI's shape; nothing is queued."""
    for server in run_server():
        site = Site(server, tmp_path_factory.mktemp("idle"))
        with site.serve() as client:
            answer = client.post("/v1/audio/speech", json={"input": "Anybody there?"})

            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert "no worker is alive" in answer.json()["error"]["message"]
            assert client.get("/v1/queue").json()["waiting"]["interactive"] == 0


def _read(file: Path) -> np.ndarray:
    return np.frombuffer(b"".join(decode_file(file)), dtype="<i2")


def _decode(flac: bytes) -> np.ndarray:
    import av

    with av.open(io.BytesIO(flac)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames)


CLIENT_HABITS = [
    {"speed": "1.0", "response_format": "MP3", "lang_code": None, "instructions": None},
    {"model": "tts-1-1106", "voice": "af_bella+af_sky"},
    {"model": "gpt-4o-mini-tts-2025-03-20", "voice": "af_bella(2)+af_sky(1)", "lang_code": "a"},
    {"model": "af_heart", "voice": None, "stream_format": None},
    {"voice": "nova+af_sky", "speed": None, "volume_multiplier": 1.0, "stream": True},
]


@pytest.mark.parametrize("fields", CLIENT_HABITS, ids=str)
def test_what_other_clients_send_is_understood(web: httpx.Client, fields: dict):
    """Null is absent, formats are in any case, models bear dates, blends have plus signs."""
    body = {"model": "tts-1", "input": "As clients send it.", "voice": "alloy"} | fields
    answer = web.post("/v1/audio/speech", json=body)

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "audio/mpeg"


def test_blends_of_other_servers_are_ours():
    """Weights in brackets are relative, as ours are."""
    assert find_voice("af_bella(2)+af_sky(1)") == "af_bella:2,af_sky:1"
    assert find_voice(" nova + af_sky ") == "af_nova,af_sky"
    assert find_voice("af_heart") == "af_heart"


@pytest.mark.parametrize(("asked", "spoken"), [(0.25, "0.5"), (4, "2"), (1.5, None)])
def test_a_speed_beyond_kokoros_is_clamped_and_said(
    web: httpx.Client, asked: float, spoken: str | None
):
    """OpenAI's clients may ask for 0.25 to 4."""
    body = {"model": "tts-1", "input": "At another speed.", "voice": "alloy", "speed": asked}
    answer = web.post("/v1/audio/speech", json=body)

    assert answer.status_code == 200
    assert answer.headers.get("x-speed") == spoken


@pytest.mark.parametrize(
    "text", ["\U0001f600", "...", " \n ", "\u2764\ufe0f \u2026", "[pause:2s]", "---"]
)
def test_nothing_to_speak_is_said_at_once(site: Site, web: httpx.Client, text: str):
    """A 400 with a code of its own; no failed job is left behind."""
    failed = web.get("/v1/queue").json()["failed"]
    answer = web.post("/v1/audio/speech", json={"model": "tts-1", "input": text, "voice": "alloy"})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "empty_input"
    assert answer.json()["error"]["param"] == "input"
    assert answer.headers["x-should-retry"] == "false"
    assert web.post("/v1/jobs", json={"text": text}).status_code == 422
    assert web.get("/v1/queue").json()["failed"] == failed


@pytest.mark.parametrize("text", ["5 %", "&", "A", "\u4f60\u597d", "\u00b0", "$5", "\u00a9"])
def test_what_is_read_is_no_nothing(text: str):
    """Figures, signs and letters of any script may be spoken."""
    check_words(text, "input")


@pytest.mark.parametrize(
    ("fields", "status", "code", "param"),
    [
        ({"model": "whisper-1"}, 404, "model_not_found", "model"),
        ({"voice": "af_nobody"}, 400, "voice_not_found", "voice"),
        ({"response_format": "ogg"}, 400, "invalid_value", "response_format"),
        ({"lang_code": "xx"}, 400, "invalid_value", "language"),
    ],
)
def test_errors_have_codes(web: httpx.Client, fields: dict, status: int, code: str, param: str):
    """Programs compare the code and the parameter, not the words."""
    body = {"model": "tts-1", "input": "Wrong.", "voice": "alloy"} | fields
    answer = web.post("/v1/audio/speech", json=body)

    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == (code, param)


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "m4a", "aac", "flac", "wav", "pcm"])
def test_a_repeated_request_has_the_same_bytes(web: httpx.Client, audio_format: str):
    """While it is spoken and ever after."""
    text = f"The same bytes as {audio_format}. [pause:0.2s] And once more."
    body = {"model": "tts-1", "input": text, "voice": "alloy", "response_format": audio_format}
    answers = [web.post("/v1/audio/speech", json=body).content for _ in range(2)]

    assert answers[0] == answers[1]
