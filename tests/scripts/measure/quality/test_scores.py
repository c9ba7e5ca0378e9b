"""From readings to figures, spoken by the tone engine and heard by a posed ear."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.measure.quality.baseline import (
    DEFAULT_PATH,
    TOLERANCES,
    find_broken_promises,
    find_worse,
    load_baseline,
    read_figures,
    save_baseline,
)
from scripts.measure.quality.quality_sentences import (
    ENGLISH_VOICES,
    OTHER_VOICES,
    Reading,
    choose_readings,
    load_sentences,
    readings_of,
)
from scripts.measure.quality.recordings import Script, record, write_scripts
from scripts.measure.quality.scores import Finding, examine, find_worst, summarize
from tests.fakes.tone import make_engine

pytestmark = pytest.mark.heavy

TEXT = "The cat sat down.\n\nNobody saw it."


def write(text: str = TEXT, voice: str = "af_heart") -> Script:
    """Return one script."""
    return next(iter(write_scripts([Reading("fiction", voice, text)], make_engine())))


def find(heard: str = TEXT, *, version: str = "1", voice: str = "af_heart") -> Finding:
    """Return the facts of one reading whose words were heard as `heard`."""
    script = write(voice=voice)
    fp32 = record(script, make_engine())
    return examine(
        script,
        record(script, make_engine(version=version)),
        lambda pcm: TEXT if pcm == fp32.pcm else heard,
        fp32=fp32,
        other_take=record(script, make_engine(), take=1),
    )


def test_a_script_tiles_its_text() -> None:
    """Every character belongs to a chunk, and a gap would be seen."""
    script = write("Hello there. " * 60)
    gap = replace(script, chunks=script.chunks[1:])

    assert len(script.chunks) > 1
    assert script.is_covered
    assert not gap.is_covered
    assert not replace(script, chunks=script.chunks[:-1]).is_covered


def test_what_has_no_sound_is_listed() -> None:
    """Nothing is left out unnoticed."""
    summary = summarize([examine_alone(write("Cat ☃ here."))])

    assert summary["covered"]
    assert summary["unspoken"] == ["af_heart: '☃': no sound for it"]


def examine_alone(script: Script) -> Finding:
    """Return the facts of a reading that is compared with nothing."""
    return examine(script, record(script, make_engine()), lambda _: script.request.text)


def test_another_take_differs_in_its_noise_alone() -> None:
    """Same length, other samples; the same take is the same."""
    script = write()
    first, again, other = (record(script, make_engine(), take=take) for take in (0, 0, 1))

    assert first.pcm == again.pcm
    assert len(first.pcm) == len(other.pcm)
    assert first.segments[0].samples.tobytes() != other.segments[0].samples.tobytes()


def test_the_same_speech_is_no_worse_than_fp32() -> None:
    """No distance, no other length, no word lost."""
    summary = summarize([find()])

    assert summary["word_error_rate"] == {"all": 0.0, "af_heart": 0.0}
    assert summary["word_error_rate_fp32"]["all"] == 0.0
    assert summary["length_ratio"]["all"] == 1.0
    assert summary["distance_db"]["all"] == 0.0
    assert summary["floor_db"]["all"] > 0
    assert list(find_broken_promises(summary)) == []


def test_other_speech_is_farther_than_the_floor() -> None:
    """Another pitch and two words lost: seen by voice, kind and over all."""
    findings = [find(), find("The cat. Nobody saw it.", version="2", voice="am_adam")]
    summary = summarize(findings)

    assert summary["word_error_rate"]["am_adam"] == pytest.approx(2 / 7, abs=1e-5)
    assert summary["word_error_rate"]["all"] == pytest.approx(2 / 14, abs=1e-5)
    assert summary["word_error_rate_by_kind"] == {"fiction": summary["word_error_rate"]["all"]}
    assert summary["distance_db"]["am_adam"] > summary["floor_db"]["am_adam"]
    assert find_worst(findings) is not None
    assert find_worst(findings)[0] == 1
    broken = list(find_broken_promises(summary))
    assert broken[0] == "all: word error rate 14.29%, in fp32 0.00%"
    json.dumps(summary)


def test_a_language_that_whisper_does_not_hear_has_no_rate() -> None:
    """Its length and coverage are there all the same."""
    finding = find("nonsense", voice="if_sara")
    summary = summarize([finding])

    assert finding.errors is None
    assert summary["word_error_rate"] == {"all": None, "if_sara": None}
    assert summary["length_ratio"]["if_sara"] == 1.0
    assert "word_error_rate" not in read_figures(summary)


def test_without_fp32_there_are_no_distances() -> None:
    """What needs no comparison is measured."""
    summary = summarize([examine_alone(write())])

    assert set(read_figures(summary)) == {
        "word_error_rate", "longest_silence_seconds", "clipped_share",
    }  # fmt: skip
    assert find_worst([examine_alone(write())]) is None


def test_worse_is_more_than_the_tolerance() -> None:
    """At the limit is good, above it is worse, and a lower figure never is."""
    baseline = dict.fromkeys(TOLERANCES, 0.5)
    at_the_limit = {name: 0.5 + tolerance for name, tolerance in TOLERANCES.items()}

    assert list(find_worse(at_the_limit, baseline, covered=True)) == []
    assert list(find_worse(dict.fromkeys(TOLERANCES, 0.0), baseline, covered=True)) == []
    for name in TOLERANCES:
        [line] = find_worse(
            {**at_the_limit, name: at_the_limit[name] + 0.001}, baseline, covered=True
        )
        assert line.startswith(name)
    assert list(find_worse({}, baseline, covered=False)) == ["the chunks do not tile the text"]


def test_figures_without_a_baseline_are_not_worse() -> None:
    """A set that was never measured cannot have become worse."""
    assert list(find_worse({"word_error_rate": 1.0}, {}, covered=True)) == []


def test_a_baseline_keeps_the_other_sets(tmp_path: Path) -> None:
    """Each set has figures of its own; a broken file is an error."""
    path = tmp_path / "baseline.json"
    save_baseline(path, "full", {"excess_db": 1.0})
    save_baseline(path, "quick", {"excess_db": 2.0})

    assert load_baseline(path, "full") == {"excess_db": 1.0}
    assert load_baseline(path, "other") is None
    path.write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        load_baseline(path, "full")


def test_the_committed_baseline_holds_known_figures() -> None:
    """Every figure in it has a tolerance."""
    for name in ("full", "quick"):
        assert set(load_baseline(DEFAULT_PATH, name) or {}) <= set(TOLERANCES)


def test_the_set_has_what_it_promises() -> None:
    """Six kinds of English by four voices, the seven other languages by one each."""
    readings = list(choose_readings(quick=False))
    english = {line.kind for line in load_sentences() if line.language == "a"}

    assert english == {"fiction", "numbers", "abbreviations", "dialogue", "list", "short"}
    for voice in ENGLISH_VOICES:
        assert {r.kind for r in readings if r.voice == voice} == english
    assert {r.voice for r in readings if not r.is_heard} == set(OTHER_VOICES)
    assert {r.language for r in readings} == set("abefhijpz")
    assert len(list(choose_readings(quick=True))) == 6


def test_a_text_of_ones_own_is_read_by_every_voice() -> None:
    """In the voice's own accent."""
    assert [r.language for r in readings_of("Hi.", ["af_heart", "bm_george"])] == ["a", "b"]
