from __future__ import annotations

import json
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from jobs.playback.pcm import SAMPLE_RATE
from worker.engine import Segment
from worker.speech.precision import trial, trial_child
from worker.speech.precision.trial import (
    Trial,
    TrialCandidate,
    TrialVerdict,
    confirm,
    recall,
    run_trial,
)
from worker.speech.precision.trial_child import compare, find_difference

TRIAL = Trial(
    "model", 2, (TrialCandidate("int8", "bf16", "fp32"), TrialCandidate("int8", "fp32", "fp32"))
)


def child(code: str) -> tuple[str, ...]:
    """Return a command that runs `code` in the child's place."""
    return (sys.executable, "-c", code)


def test_a_child_answers_for_each_candidate() -> None:
    """It gets the trial as JSON and prints the verdicts as JSON."""
    code = (
        "import json, sys\n"
        "asked = json.loads(sys.argv[1])['candidates']\n"
        "print(json.dumps([{'speedup': 2.0, 'fault': each['dense']} for each in asked]))"
    )

    assert run_trial(TRIAL, command=child(code)) == [
        TrialVerdict(2.0, "bf16"),
        TrialVerdict(2.0, "fp32"),
    ]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", f"ended with -{signal.SIGILL}"),
        ("import os; os.kill(os.getpid(), 27)", "computed several times as long as fp32"),
        ("raise RuntimeError('no LSTM')", "ended with 1: RuntimeError: no LSTM"),
        ("print('no JSON')", "gave no answer"),
        ("print('[[1]]')", "gave no answer"),
    ],
    ids=["illegal-instruction", "limit", "error", "talk", "nonsense"],
)
def test_whatever_befalls_the_child_is_a_verdict(code: str, fault: str) -> None:
    """The parent lives, and no candidate is used."""
    verdicts = run_trial(TRIAL, command=child(code))

    assert len(verdicts) == 2
    assert not any(verdict.is_good for verdict in verdicts)
    assert verdicts[0].explanation.startswith(fault)


def test_a_child_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading has a limit, too."""
    monkeypatch.setattr(trial, "CHILD_SECONDS", 0.2)

    verdicts = run_trial(TRIAL, command=child("import signal; signal.pause()"))

    assert [verdict.fault for verdict in verdicts] == ["", ""]
    assert verdicts[0].doubt.endswith("too busy for a trial: it did not end within 0.2 s")


def test_a_child_that_is_killed_tells_nothing() -> None:
    """Whoever ran out of memory may not have been at fault."""
    verdicts = run_trial(TRIAL, command=child("import os; os.kill(os.getpid(), 9)"))

    assert verdicts == [TrialVerdict(0, doubt="the trial was ended by SIGKILL")] * 2


def test_a_doubt_leaves_the_verdict_that_there_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy machine does not undo what a quiet one has shown; what is known anew counts."""
    busy = TrialVerdict(0, doubt="busy")
    answers = [[TrialVerdict(3.0), busy], [busy, TrialVerdict(2.0)], [busy, TrialVerdict(1.5)]]
    monkeypatch.setattr(trial, "run_trial", lambda asked: answers.pop(0))

    assert confirm(TRIAL, "cpu", tmp_path) == [TrialVerdict(3.0), busy]
    assert confirm(TRIAL, "cpu", tmp_path) == [TrialVerdict(3.0), busy]
    assert confirm(TRIAL, "cpu", tmp_path, again=True) == [TrialVerdict(3.0), TrialVerdict(2.0)]
    assert confirm(TRIAL, "cpu", tmp_path, again=True) == [TrialVerdict(3.0), TrialVerdict(1.5)]


def test_those_who_wait_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verdict that is kept is news to nobody."""
    told: list[str] = []
    monkeypatch.setattr(trial, "run_trial", lambda asked: [TrialVerdict(2.0)] * 2)

    for _ in range(2):
        confirm(TRIAL, "cpu", tmp_path, announce=told.append)

    assert told == [trial.PREPARING]
    assert "preparing this machine, once" in trial.PREPARING


def test_an_answer_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start asks nobody; another processor is another question."""
    answers = [[TrialVerdict(3.0), TrialVerdict(3.5)], [TrialVerdict(1.5), TrialVerdict(0.5)]]
    monkeypatch.setattr(trial, "run_trial", lambda asked: answers.pop(0))

    first = confirm(TRIAL, "one processor", tmp_path)
    again = confirm(TRIAL, "one processor", tmp_path)
    other = confirm(TRIAL, "another processor", tmp_path)

    assert first == again == [TrialVerdict(3.0), TrialVerdict(3.5)]
    assert other == [TrialVerdict(1.5), TrialVerdict(0.5)]
    assert recall(TRIAL, "a third", tmp_path) == []


def test_a_doubtful_answer_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial that did not finish may have met a busy machine: it counts for an hour."""
    monkeypatch.setattr(trial, "run_trial", lambda asked: [TrialVerdict(0, "too slow")] * 2)
    confirm(TRIAL, "processor", tmp_path)
    assert recall(TRIAL, "processor", tmp_path)

    now = time.time()
    monkeypatch.setattr("worker.speech.precision.trial.time.time", lambda: now + 3601)

    assert recall(TRIAL, "processor", tmp_path) == []


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_damaged_memory_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    """A cache may be cut off or cleared at any time."""
    (tmp_path / "precision.json").write_text(content)
    monkeypatch.setattr(trial, "run_trial", lambda asked: [TrialVerdict(2.0)] * 2)

    assert confirm(TRIAL, "processor", tmp_path) == [TrialVerdict(2.0)] * 2
    assert json.loads((tmp_path / "precision.json").read_text())


def tone(hertz: float, seconds: float = 1.0, gain: float = 1.0) -> Segment:
    """Return a sine."""
    time = np.arange(int(SAMPLE_RATE * seconds)) / SAMPLE_RATE
    return Segment((gain * np.sin(2 * np.pi * hertz * time)).astype(np.float32))


def test_candidates_must_say_the_same() -> None:
    """Another sound, another length, no number: each is named; a little noise is in order."""
    expected = tone(440)
    noise = np.random.default_rng(0).standard_normal(24_000).astype(np.float32) * 1e-5

    assert find_difference(expected, Segment(expected.samples + noise)) == ""
    assert "sounds unlike fp32" in find_difference(expected, tone(2000))
    assert "sounds unlike fp32" in find_difference(expected, tone(440, gain=float("nan")))
    assert "speaks 30000 samples" in find_difference(expected, tone(440, 1.25))


def test_the_faster_way_wins_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each candidate's best time stands against that of the reference; faults have none."""
    clock = [0.0]
    monkeypatch.setattr(trial_child.time, "perf_counter", lambda: clock[0])

    def speaker(seconds: float, hertz: float = 440) -> trial_child.Speak:
        def speak() -> Segment:
            clock[0] += seconds
            return tone(hertz)

        return speak

    def broken() -> Segment:
        raise RuntimeError("could not create a primitive\nmore")

    verdicts = compare(speaker(6), [speaker(2), broken, speaker(1, 2000), speaker(12)])

    assert [verdict.speedup for verdict in verdicts] == [3.0, 0, 0, 0.5]
    assert [verdict.is_good for verdict in verdicts] == [True, False, False, False]
    assert verdicts[1].fault == "could not create a primitive"


def test_load_that_comes_and_goes_favours_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is timed while others compute is slow; the other one is, too, in the same round."""
    clock, turns = [0.0], [0]
    monkeypatch.setattr(trial_child.time, "perf_counter", lambda: clock[0])

    def speaker(seconds: float) -> trial_child.Speak:
        def speak() -> Segment:
            turns[0] += 1
            clock[0] += seconds * (5 if turns[0] % 9 in {4, 5, 6, 7} else 1)
            return tone(440)

        return speak

    [verdict] = compare(speaker(3), [speaker(1)])

    assert verdict.speedup == 3.0


def test_only_computing_counts_against_a_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may compute a few times as long as fp32 did, however slow the machine is for all."""
    computed, limits = [0.0], []
    monkeypatch.setattr(trial_child.time, "process_time", lambda: computed[0])
    monkeypatch.setattr(trial_child.signal, "setitimer", lambda _, seconds: limits.append(seconds))
    limit = trial_child.TimeLimit(40)

    def reference() -> Segment:
        computed[0] += 30
        return tone(440)

    candidate = limit.impose(lambda: tone(440))
    candidate()
    limit.measure(reference)()
    candidate()

    assert limits == [40, 0, 120, 0]


def test_workers_that_start_together_come_to_one_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one tries, the others wait; then they take what it found."""
    tried: list[float] = []

    def try_slowly(_trial: Trial) -> list[TrialVerdict]:
        tried.append(float(len(tried)))
        time.sleep(0.2)
        return [TrialVerdict(2.0 + tried[-1])] * 2

    monkeypatch.setattr(trial, "run_trial", try_slowly)
    with ThreadPoolExecutor(4) as workers:
        answers = list(workers.map(lambda _: confirm(TRIAL, "cpu", tmp_path), range(4)))

    assert tried == [0.0]
    assert answers == [[TrialVerdict(2.0)] * 2] * 4
