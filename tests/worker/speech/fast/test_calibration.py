from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.errors import StartupError
from jobs.voices import LANGUAGES, VOICES
from tests.fakes.tiny_model import write_tiny_model
from worker.speech.fast.calibration import BlockRange, load_calibration, save_calibration
from worker.speech.model.weights import CALIBRATION_VERSION, check_model, find_damage
from worker.speech.precision import calibrate
from worker.speech.precision.calibrate import (
    SENTENCES,
    CalibrationProgress,
    calibrate_model,
    plan_utterances,
)

BLOCKS = {
    "noise_res.0": BlockRange(((1.27, 0.0),) * 6, error=0.001),
    "resblocks.0": BlockRange(((2.54, 5.08),) * 6, error=0.2),
}


def test_a_calibration_comes_back(tmp_path: Path) -> None:
    """It stands in the directory under its own checksum, and the model is whole with it."""
    source = check_model(write_tiny_model(tmp_path))

    saved = save_calibration(tmp_path, source, BLOCKS, "here")

    loaded = load_calibration(tmp_path, check_model(tmp_path))
    file = saved.find("calibration.json")
    assert check_model(tmp_path) == saved
    assert list(find_damage(tmp_path)) == []
    assert loaded is not None
    assert file is not None
    assert loaded.blocks == BLOCKS
    assert loaded.sha256 == file.sha256
    assert load_calibration(tmp_path, source) is None


def test_a_block_that_suffers_stays_in_bf16(tmp_path: Path) -> None:
    """Above the limit of added noise a block has no scales; the others have one step each."""
    saved = save_calibration(tmp_path, check_model(write_tiny_model(tmp_path)), BLOCKS, "here")
    loaded = load_calibration(tmp_path, saved)

    assert loaded is not None
    assert loaded.dropped == ("resblocks.0",)
    assert list(loaded.scales) == ["noise_res.0"]
    assert len(loaded.scales["noise_res.0"]) == 6
    assert loaded.scales["noise_res.0"][0].tolist() == pytest.approx([0.01, 1e-6])


def test_ranges_of_other_weights_do_not_count(tmp_path: Path) -> None:
    """A file that was left behind by other weights is as good as none."""
    source = save_calibration(tmp_path, check_model(write_tiny_model(tmp_path)), BLOCKS, "here")
    others = tuple(
        replace(file, sha256="0" * 64) if file.path.endswith(".pth") else file
        for file in source.files
    )

    assert load_calibration(tmp_path, replace(source, files=others)) is None


@pytest.mark.parametrize("content", ["", "{}", f'{{"version": {CALIBRATION_VERSION}}}', "[]"])
def test_a_damaged_file_stops_the_start(tmp_path: Path, content: str) -> None:
    """It is recorded, so it should be there and be read; the remedy is in the error."""
    source = save_calibration(tmp_path, check_model(write_tiny_model(tmp_path)), BLOCKS, "here")
    (tmp_path / "calibration.json").write_text(content)

    with pytest.raises(StartupError, match=r"calibration.json cannot be read .*fetch-model"):
        load_calibration(tmp_path, source)


def test_ranges_of_an_earlier_release_do_not_count(tmp_path: Path) -> None:
    """They lack blocks that are int8 now, so they are as good as none."""
    source = save_calibration(tmp_path, check_model(write_tiny_model(tmp_path)), BLOCKS, "here")
    path = tmp_path / "calibration.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"version": 1}))

    assert record["version"] == CALIBRATION_VERSION
    assert load_calibration(tmp_path, source) is None


def test_every_voice_and_every_sentence_is_heard() -> None:
    """Nine languages, 54 voices, in a number of utterances that takes minutes only."""
    utterances = list(plan_utterances(tuple(sorted(VOICES))))
    sentences = json.loads(SENTENCES.read_text(encoding="utf-8"))

    assert {record["language"] for record in sentences} == set(LANGUAGES)
    assert {utterance.voice for utterance in utterances} == set(VOICES)
    assert {utterance.phonemes for utterance in utterances} == {
        record["phonemes"] for record in sentences
    }
    assert len(utterances) < 60
    assert max(Counter(utterance.voice for utterance in utterances).values()) <= 3


def test_a_long_calibration_says_how_long_it_still_takes() -> None:
    """Every 20 seconds, by the pace so far; a quick one says nothing."""
    now, told = [0.0], list[str]()
    progress = CalibrationProgress(10, told.append, clock=lambda: now[0])

    for _ in range(10):
        now[0] += 12
        progress.advance(1)

    assert told[0] == "measuring int8 ranges: 20%, about 100 s left at this pace"
    assert len(told) == 4


def test_missing_voices_are_left_out() -> None:
    """A machine without npm has some of the voices only."""
    utterances = list(plan_utterances(("af_heart", "jf_alpha")))

    assert Counter(utterance.voice for utterance in utterances) == {"af_heart": 4, "jf_alpha": 3}


def test_a_model_is_calibrated_where_int8_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured is kept beside it, and blocks that int8 would hurt are named."""
    source = check_model(write_tiny_model(tmp_path))
    told: list[str] = []
    for name, answer in {
        "load_config": {"vocab": {}},
        "load_state": {},
        "build_network": None,
        "measure_ranges": BLOCKS,
    }.items():
        monkeypatch.setattr(calibrate, name, lambda *_, answer=answer: answer)

    monkeypatch.setattr(calibrate, "find_int8_fault", lambda: "no int8 here")
    assert calibrate_model(tmp_path, told.append) == source
    monkeypatch.setattr(calibrate, "find_int8_fault", lambda: "")
    made = calibrate_model(tmp_path, told.append)

    loaded = load_calibration(tmp_path, made)
    assert loaded is not None
    assert loaded.blocks == BLOCKS
    assert told[0] == "int8 is not calibrated: no int8 here"
    assert told[-1] == "int8 would hurt resblocks.0: kept in bf16"
