"""The wire types: checked at the door, one canonical form, one identity."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from jobs.errors import EmptyText, InvalidRequest, SpeechError, UnknownVoice
from jobs.request import SpeechProgress, SpeechRequest, SpeechResult, SpeechStatus, part_name
from tests.fakes.fake_worker import make_request, make_result


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"text": ""}, EmptyText, "the text is empty"),
        ({"text": " \n\t "}, EmptyText, "the text is empty"),
        ({"text": "a\ud800b"}, InvalidRequest, "not valid Unicode at character 1"),
        ({"text": "<speak> <break/></speak>"}, EmptyText, "the SSML holds no words"),
        ({"text": "<speak><p/>"}, InvalidRequest, "the SSML is wrong at line 1, column 12: no"),
        ({"text": "<speak><x/>a</speak>"}, InvalidRequest, "column 8: <x> is not supported"),
        ({"voice": "af_hart"}, UnknownVoice, "did you mean 'af_heart'?"),
        ({"voice": "af_heart:x"}, InvalidRequest, "weight 'x'"),
        ({"language": "de"}, InvalidRequest, "language 'de' is unknown"),
        ({"speed": 0.49}, InvalidRequest, "speed 0.49: input should be greater than or equal"),
        ({"speed": 2.01}, InvalidRequest, "speed 2.01: input should be less than or equal"),
        ({"speed": "nan"}, InvalidRequest, "speed 'nan'"),
        ({"speed": "fast"}, InvalidRequest, "speed 'fast': input should be a valid number"),
        ({"reading": "loud"}, InvalidRequest, "reading 'loud': input should be 'full' or 'plain'"),
        ({"pause_scale": -0.1}, InvalidRequest, "pause_scale -0.1: input should be greater than"),
        ({"pause_scale": "nan"}, InvalidRequest, "pause_scale 'nan'"),
        ({"format": "ogg"}, InvalidRequest, "format 'ogg': input should be 'wav', 'flac'"),
        ({"output_name": "/etc/passwd"}, InvalidRequest, "leads out of the output directory"),
        ({"output_name": "../x"}, InvalidRequest, "leads out of the output directory"),
        ({"output_name": "a/../../x"}, InvalidRequest, "leads out of the output directory"),
        ({"output_name": "a\\b"}, InvalidRequest, "leads out of the output directory"),
        ({"output_name": "c:x"}, InvalidRequest, "leads out of the output directory"),
        ({"output_name": ".hidden"}, InvalidRequest, "hidden part"),
        ({"output_name": "a/.b"}, InvalidRequest, "hidden part"),
        ({"output_name": ""}, InvalidRequest, "not a plain relative path"),
        ({"output_name": "a/"}, InvalidRequest, "not a plain relative path"),
        ({"output_name": "a//b"}, InvalidRequest, "not a plain relative path"),
        ({"output_name": " a"}, InvalidRequest, "not a plain relative path"),
        ({"output_name": "a\0b"}, InvalidRequest, "control character"),
        ({"output_name": "é" * 101}, InvalidRequest, "longer than 200 bytes"),
        ({"lexicon": {"word": " "}}, InvalidRequest, "must not be empty"),
        ({"lexicon": {"word": "say: "}}, InvalidRequest, "must not be empty"),
        ({"lexicon": {"word": "x" * 201}}, InvalidRequest, "over 200 characters"),
        ({"metadata": {"k": "x" * 1001}}, InvalidRequest, "longer than 1000 characters"),
        ({"metadata": {str(n): "" for n in range(33)}}, InvalidRequest, "metadata"),
        (
            {"txet": "typo"},
            InvalidRequest,
            "unknown field 'txet'; a request has callback_url, format",
        ),
        ({"text": 5}, InvalidRequest, "text 5: input should be a valid string"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else None,
)
def test_a_wrong_field_is_one_typed_error(
    fields: dict[str, object], error: type[SpeechError], message: str
):
    """Each wrong field raises the class that fits, in one line that names the field."""
    with pytest.raises(error) as caught:
        SpeechRequest(**{"text": "Hello."} | fields)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_text_is_named():
    """A request without text says which field is missing."""
    with pytest.raises(InvalidRequest, match="field 'text' is missing"):
        SpeechRequest()


def test_a_long_wrong_value_is_not_shown_whole():
    """An error message never carries a whole book."""
    with pytest.raises(InvalidRequest) as caught:
        SpeechRequest(text="Hello.", format="x" * 10_000)

    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"voice": "af_heart:2,am_adam:2"}, {"voice": "am_adam,af_heart"}),
        ({"language": "en-us"}, {"language": "auto"}),
        ({"speed": 1}, {"speed": 1.0}),
        ({"lexicon": {"a": "x", "b": "y"}}, {"lexicon": {"b": "y", "a": "x"}}),
        ({"metadata": {"user": "1"}}, {"metadata": {"user": "2"}}),
    ],
    ids=["voice", "language", "speed", "lexicon", "metadata"],
)
def test_equal_requests_have_one_identity(first: dict[str, object], second: dict[str, object]):
    """However it is written, the same work is the same job; labels are no part of it."""
    assert make_request(**first).job_id == make_request(**second).job_id


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Hello from the test!"},
        {"voice": "am_adam"},
        {"language": "b"},
        {"speed": 1.1},
        {"format": "flac"},
        {"output_name": "one"},
        {"lexicon": {"test": "tˈɛst"}},
        {"reading": "plain"},
        {"pause_scale": 1.5},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_each_field_that_changes_the_audio_changes_the_identity(fields: dict[str, object]):
    """Different audio, or another place for it, is another job."""
    changed = SpeechRequest(**{"text": make_request().text} | fields)

    assert changed.job_id != make_request().job_id


@pytest.mark.parametrize(
    ("fields", "job_id"),
    [
        ({"text": "Hello."}, "4ee9705c5c9ff7437d94a543dd21ca8e"),
        (
            {
                "text": "Zoë said “hi” – 你好.",
                "voice": "af_heart:0.7,am_adam:0.3",
                "speed": 1.25,
                "format": "opus",
                "output_name": "book/one",
                "lexicon": {"Zoë": "zˈOi"},
                "metadata": {"user": "1"},
            },
            "778673f9aedbd4473c922606a30694d0",
        ),
    ],
    ids=["defaults", "every field"],
)
def test_an_identity_stays_the_same_in_later_versions(fields: dict[str, object], job_id: str):
    """What an earlier version has spoken, or begun, is found under the id that it had there."""
    assert SpeechRequest(**fields).job_id == job_id


@pytest.mark.parametrize(
    ("name", "usual", "other"), [("reading", "full", "plain"), ("pause_scale", 1, 1.5)]
)
def test_what_is_usual_is_not_written(name: str, usual: str | float, other: str | float):
    """A worker that knows no such field takes the request, and its id is what it was."""
    request, changed = make_request(**{name: usual}), make_request(**{name: other})

    assert name not in request.model_dump() | json.loads(request.model_dump_json())
    assert SpeechRequest(**request.model_dump()) == request == make_request()
    assert getattr(SpeechRequest.from_json(changed.model_dump_json()), name) == other


def test_the_output_file_has_the_name_or_the_id():
    """The file is called as the producer wants, else by the job's identity."""
    named = make_request(output_name="book/one", format="mp3")

    assert named.output_file == "book/one.mp3"
    assert make_request().output_file == f"{make_request().job_id}.wav"


def test_a_request_survives_the_wire():
    """JSON and back is the same request with the same identity."""
    request = make_request("Zoë said “hi” – 你好.", voice="af_heart:0.7,am_adam:0.3", speed=1.25)

    again = SpeechRequest.from_json(request.model_dump_json())

    assert (again, again.job_id) == (request, request.job_id)


@pytest.mark.parametrize(
    "document",
    ["", "{", "[]", '"text"', "null", "\ufeff{}", b"\xff\xfe", "[" * 100_000, '{"text": NaN}'],
    ids=["empty", "torn", "list", "text", "null", "bom", "bytes", "deep", "nan"],
)
def test_what_is_no_request_is_refused(document: str | bytes):
    """Anything that is no JSON object of the right shape is an InvalidRequest, whatever it is."""
    with pytest.raises(InvalidRequest):
        SpeechRequest.from_json(document)


def test_a_request_cannot_be_changed():
    """A request that was checked stays what it was."""
    with pytest.raises(ValidationError):
        make_request().text = "other"


def test_progress_knows_what_remains():
    """Half of the text in 10 s of work means 10 s to go."""
    progress = SpeechProgress(
        chunks=2,
        characters=50,
        characters_total=100,
        audio_seconds=40.0,
        processing_seconds=10.0,
        real_time_factor=0.25,
    )

    assert progress.fraction == 0.5
    assert progress.remaining_seconds == pytest.approx(10.0)


def test_progress_before_the_first_chunk_promises_nothing():
    """Without a finished chunk there is no expected end."""
    assert SpeechProgress().fraction == 0.0
    assert SpeechProgress(characters_total=10).remaining_seconds is None


def test_only_jobs_that_wait_or_run_go_on():
    """Finished, failed and cancelled jobs do not change by themselves."""
    final = {status for status in SpeechStatus if status.is_terminal}

    assert final == set(SpeechStatus) - {SpeechStatus.QUEUED, SpeechStatus.RUNNING}


def test_a_result_survives_the_wire():
    """JSON and back is the same result, with paths and facts but no audio."""
    result = make_result(make_request())

    assert SpeechResult.model_validate_json(result.model_dump_json()) == result
    assert json.loads(result.model_dump_json())["status"] == "finished"


@pytest.mark.parametrize(
    "name",
    [
        *("books/x", "books", "Books/0/manifest", "ｂooks/x", "parts/x", "PARTS/x"),
        f"parts/{'0' * 32}",
    ],
)
def test_no_request_reaches_the_folders_of_books(name: str):
    """A part's name is a hash of what it speaks: only that speech may have it."""
    with pytest.raises(InvalidRequest, match="among those of books") as caught:
        SpeechRequest(text="Mine.", output_name=name)

    assert caught.value.field == "output_name"
    own = part_name(SpeechRequest(text="Mine."))
    assert SpeechRequest(text="Mine.", output_name=own).output_name == own
    assert SpeechRequest(text="Mine.", output_name="mybooks/x").output_name == "mybooks/x"


@pytest.mark.parametrize("field", ["lexicon", "metadata"])
@pytest.mark.parametrize("entry", [{"\ud800": "x"}, {"word": "say:a \udfff"}], ids=repr)
def test_half_a_surrogate_pair_is_refused(field: str, entry: dict[str, str]) -> None:
    """JSON can hold what is no character; it is not found out when a file is written."""
    with pytest.raises(InvalidRequest, match="no Unicode text"):
        SpeechRequest(text="Hello.", **{field: entry})
