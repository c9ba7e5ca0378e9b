"""``ktts quality`` from end to end, with the tone engine and a posed ear."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import scripts.commands.measurement.quality
from jobs.voices import LANGUAGES
from scripts.cli import main

pytestmark = pytest.mark.heavy

Quality = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def quality(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Quality:
    """Return a function that runs the command; what it hears is `heard`."""
    monkeypatch.setenv("KTTS_SYNTHESIZER", "tests.fakes.tone:load_engine")

    def run(*arguments: str, heard: str = "") -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(
            scripts.commands.measurement.quality, "open_ear", lambda *_: lambda _pcm: heard
        )
        ears = {letter: lambda _pcm: heard for letter in "ej"}
        monkeypatch.setattr(scripts.commands.measurement.quality, "open_ears", lambda *_: ears)
        baseline = f"--baseline={tmp_path / 'baseline.json'}"
        code = main(["quality", "--json", baseline, *arguments])
        lines = capsys.readouterr().out.splitlines()
        return code, json.loads(lines[-1]) if lines else {}

    return run


def test_a_run_can_become_the_baseline(quality: Quality) -> None:
    """The same again is as good, and all the set's figures are there."""
    code, first = quality("--quick", "--update-baseline")
    again_code, again = quality("--quick")

    assert (code, again_code) == (0, 0)
    assert again["baseline"] == first["figures"]
    assert again["set"] == "quick"
    assert again["covered"]
    assert again["word_error_rate"]["all"] == 1.0
    assert again["length_ratio"]["all"] == 1.0
    nothing = {"sentences": 1, "error_rate": 1.0, "error_rate_fp32": 1.0}
    assert (again["languages"], again["foreign_loss"]) == ({"e": nothing, "j": nothing}, 0.0)
    assert "hf_alpha" in again["not_heard"]


def test_worse_than_the_baseline_ends_with_one(quality: Quality, tmp_path: Path) -> None:
    """It says which figure, and by how much."""
    quality("--quick", "--update-baseline")
    path = tmp_path / "baseline.json"
    baseline = json.loads(path.read_text())
    baseline["quick"]["word_error_rate"] = 0.05
    path.write_text(json.dumps(baseline))

    code, document = quality("--quick")
    assert code == 1
    assert document["worse"] == ["word_error_rate is 1, the baseline allows 0.06"]


def test_a_text_of_ones_own_is_held_against_fp32(quality: Quality, tmp_path: Path) -> None:
    """Both are heard alike here, so nothing is worse; every voice has its figures."""
    text = tmp_path / "chapter.txt"
    text.write_text("The cat sat down. Nobody saw it.")

    code, document = quality(
        "--text", str(text), "--voices", "af_heart, bm_george", heard="the cat sat"
    )
    assert code == 0
    assert set(document["word_error_rate"]) == {"all", "af_heart", "bm_george"}
    assert document["word_error_rate"] == document["word_error_rate_fp32"]
    assert document["worse"] == []


def test_without_fp32_nothing_is_compared(quality: Quality, tmp_path: Path) -> None:
    """A language that Whisper does not hear still has coverage and silence."""
    text = tmp_path / "capitolo.txt"
    text.write_text("Il gatto dorme.")

    code, document = quality("--text", str(text), "--voices", "if_sara", "--against", "nothing")
    assert code == 0
    assert document["not_heard"] == ["if_sara"]
    assert document["distance_db"]["all"] is None
    assert document["longest_silence_seconds"] >= 0


def test_errors_are_one_line(quality: Quality, tmp_path: Path) -> None:
    """A file that is not there, and a voice that is not in the catalogue."""
    text = tmp_path / "chapter.txt"
    text.write_text("Hello.")

    assert quality("--text", str(tmp_path / "missing.txt"))[0] == 66
    assert quality("--text", str(text), "--voices", "af_hart")[0] == 65


def test_sound_is_judged_in_pairs_with_fp32(
    quality: Quality, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal sound loses nothing, and the figures can become the baseline of their own set."""
    monkeypatch.setattr(
        scripts.commands.measurement.quality, "open_judge", lambda _: lambda samples: 4.0
    )

    code, document = quality("--sound", "--update-baseline")

    assert code == 0
    assert document["figures"] == {
        "opinion_loss": 0,
        "opinion_loss_at_most": 0,
        "lost_pauses": 0,
    }
    assert document["opinion"]["chunks"] >= 150
    assert set(document["opinion_by_language"]) == set(LANGUAGES)
    assert document["baseline"] == document["figures"]
