"""Who speaks what of a text with several voices."""

from __future__ import annotations

from typing import Any

import pytest

from jobs import SpeechRequest
from jobs.errors import InvalidRequest, UnknownVoice
from jobs.text.roles import Role

ANN, BEN = {"voice": "af_heart"}, {"voice": "am_adam", "speed": 1.2}


def test_a_request_without_roles_is_what_it_was() -> None:
    """Neither its document nor its id tells of speakers, and brackets of nobody are words."""
    request = SpeechRequest(text="Say [voice:over] here.", voice="bf_emma", speed=1.1)

    assert "speakers" not in request.model_dump()
    assert request.job_id == "e4c060ad4f8b1e862f08a1c4db451f18"


def test_only_those_who_speak_count() -> None:
    """A role that the text does not name changes nothing, one that it names does."""
    text = "[voice:Ann]Hello. [voice:default]Bye."
    one = SpeechRequest(text=text, speakers={"Ann": ANN, "Ben": BEN})
    same = SpeechRequest(text=text, speakers={"Ann": "af_heart"})
    other = SpeechRequest(text=text, speakers={"Ann": BEN})

    assert one.speakers == {"Ann": Role(voice="af_heart")}
    assert one.job_id == same.job_id != other.job_id
    assert SpeechRequest.from_json(one.model_dump_json()) == one


def test_voices_of_the_catalogue_speak_without_a_role() -> None:
    """Their names in a text are enough; blends have one form."""
    request = SpeechRequest(text="[voice:am_adam]Hello. [voice:af_sky,am_adam:3]Bye.")

    assert [role.voice for role in request.speakers.values()] == [
        "am_adam:0.75,af_sky:0.25",
        "am_adam",
    ]


def test_turns_are_a_text() -> None:
    """Each is a paragraph after its speaker; without one the request's voice speaks."""
    turns = [
        {"speaker": "Ann", "text": "Hello. "},
        {"text": "She waited."},
        {"speaker": "am_adam", "text": "Yes?"},
    ]
    request = SpeechRequest(turns=turns, speakers={"Ann": ANN})

    assert request.text == "[voice:Ann]Hello.\n\n[voice:default]She waited.\n\n[voice:am_adam]Yes?"
    assert request == SpeechRequest(text=request.text, speakers={"Ann": ANN})


def test_turns_of_the_own_voice_alone_hold_no_brackets() -> None:
    """Where a text has no other speaker, brackets are words and would be read out."""
    request = SpeechRequest(turns=[{"text": "Hello."}, {"speaker": "default", "text": "Again."}])

    assert request == SpeechRequest(text="Hello.\n\nAgain.")


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"text": "Hi.\n A [voice:Bob]B"}, "speakers", "line 2, column 4: [voice:Bob] is no"),
        (
            {"text": "a", "speakers": {"Ann": "af_hart"}},
            "speakers",
            "speaker 'Ann': voice 'af_hart'",
        ),
        ({"text": "a", "speakers": {"default": ANN}}, "speakers", "request's own voice"),
        ({"text": "a", "speakers": {"A]": ANN}}, "speakers", "no brackets"),
        ({"text": "a", "speakers": {" ": ANN}}, "speakers", "1 to 100 characters"),
        (
            {"text": "a", "speakers": {"Ann": {"voice": "af_sky", "speed": 3}}},
            "speakers",
            "Ann.speed",
        ),
        ({"text": "a", "speakers": {"Ann": {"pitch": 3}}}, "speakers", "Ann"),
        ({"turns": []}, "turns", "a list such as"),
        (
            {"turns": [{"speaker": "Ann", "text": "a"}, {"speaker": "Bo", "text": "b"}]},
            "turns",
            "turn 2: 'Bo'",
        ),
        ({"turns": [{"speaker": "Ann", "text": " "}]}, "turns", "turn 1 is not"),
        ({"turns": [{"speaker": "Ann", "words": "a"}]}, "turns", "turn 1 is not"),
        ({"turns": [{"text": "a"}], "text": "b"}, "", "a text or turns"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    fields: dict[str, Any], field: str, message: str
) -> None:
    """Before anything is queued: line and column of a text, number of a turn, name of a speaker."""
    with pytest.raises(InvalidRequest) as caught:
        SpeechRequest(**{"speakers": {"Ann": ANN}, **fields})

    assert message in str(caught.value)
    assert caught.value.field == field


def test_a_wrong_voice_beside_a_right_one_is_refused() -> None:
    """Who names voices in a text means them."""
    with pytest.raises(InvalidRequest, match="did you mean 'am_adam'"):
        SpeechRequest(text="[voice:af_sky]One. [voice:am_adm]Two.")


def test_a_speaker_has_the_language_of_its_voice_unless_one_is_asked_for() -> None:
    """A French voice reads French in an English text; where a language was given, that one."""
    text = "[voice:Jean]Bonjour."
    free = SpeechRequest(text=text, speakers={"Jean": "ff_siwis"})
    bound = SpeechRequest(text=text, speakers={"Jean": "ff_siwis"}, language="b")

    assert [free.language_of(""), free.language_of("Jean")] == ["a", "f"]
    assert bound.language_of("Jean") == "b"


def test_an_unknown_voice_keeps_its_kind_of_error() -> None:
    """Clients tell it by its class."""
    with pytest.raises(UnknownVoice):
        SpeechRequest(text="a", speakers={"Ann": "nobody"})
