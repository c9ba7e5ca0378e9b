from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.posed_probe import OLD_CARD_BUILD, RTX_3060, TITAN_XP, PosedProbe
from worker.settings import WorkerSettings
from worker.speech.device.candidates import Candidate
from worker.speech.device.device import DeviceChoice, resolve_device
from worker.speech.device.probe import Card
from worker.speech.fast.calibration import BlockRange, Calibration
from worker.speech.fast.processor import Processor, examine_processor
from worker.speech.model.weights import ORIGINAL, WEIGHTS_NAME, ModelFile, ModelSource
from worker.speech.precision import precision
from worker.speech.precision.precision import (
    PrecisionChoice,
    choose_by_card,
    choose_by_processor,
    choose_precision,
)
from worker.speech.precision.trial import Trial, TrialCandidate, TrialVerdict

RANGES = Calibration({"resblocks.0": BlockRange(((1.0, 2.0),), 0.001)}, "5a" * 32)
FULL = Processor("posed", has_avx2=True, has_avx512=True, has_vnni=True, has_bf16=True)
OLD = Processor("posed", has_avx2=False, has_avx512=False, has_vnni=False, has_bf16=False)
AVX2 = Processor("posed", has_avx2=True, has_avx512=False, has_vnni=False, has_bf16=False)
AVX512 = Processor("posed", has_avx2=True, has_avx512=True, has_vnni=False, has_bf16=False)
CPU = DeviceChoice("cpu", "posed", (Candidate("cpu", "", None, usable=True, reason=""),))
SOURCE = ModelSource(ORIGINAL, "posed", ())
WEIGHTS = ModelSource(ORIGINAL, "posed", (ModelFile(WEIGHTS_NAME, "posed", "1", "5a" * 32, 1),))


def choose(
    wanted: str, processor: Processor, calibration: Calibration | None = RANGES, fault: str = ""
) -> PrecisionChoice:
    """Choose with a front in bf16."""
    return choose_by_processor(
        wanted, processor, front="bf16", calibration=calibration, int8_fault=fault
    )


@pytest.mark.parametrize(
    ("wanted", "processor", "expected"),
    [
        ("auto", FULL, ("int8", "bf16", "bf16")),
        ("auto", AVX512, ("int8", "fp32", "fp32")),
        ("auto", OLD, ("bf16", "fp32", "fp32")),
        ("auto", AVX2, ("int8", "fp32", "fp32")),
        ("bf16", FULL, ("bf16", "bf16", "bf16")),
        ("bf16", OLD, ("bf16", "fp32", "fp32")),
        ("int8", OLD, ("int8", "fp32", "fp32")),
        ("fp32", FULL, ("fp32", "fp32", "fp32")),
    ],
)
def test_the_processor_decides(
    wanted: str, processor: Processor, expected: tuple[str, str, str]
) -> None:
    """Auto takes what there is; a name is obeyed, in arithmetic that the processor has."""
    choice = choose(wanted, processor)

    assert (choice.name, choice.dense, choice.front) == expected
    assert (choice.calibration is RANGES) == (choice.name == "int8")


def test_without_calibration_int8_becomes_bf16() -> None:
    """The choice says what is missing and which command makes it."""
    choice = choose("auto", FULL, calibration=None)

    assert choice.name == "bf16"
    assert choice.warning == (
        "int8 is left out: the model directory has no calibration; run `ktts fetch-model`"
    )


def test_without_calibration_and_bf16_products_are_fp32() -> None:
    """Emulated bf16 is slower than fp32, so the fast network keeps only its activations so."""
    assert choose("auto", AVX512, calibration=None).dense == "fp32"


def test_a_fault_of_int8_leaves_it_out() -> None:
    """The private operations of PyTorch are checked before they are relied on."""
    choice = choose("int8", FULL, fault="oneDNN's int8 convolution is wrong")

    assert choice.name == "bf16"
    assert choice.warning == "int8 is left out: oneDNN's int8 convolution is wrong"


@pytest.mark.parametrize(
    ("capability", "wanted", "expected"),
    [
        ((6, 1), "auto", "fp32"),
        ((6, 1), "bf16", "fp32"),
        ((7, 5), "auto", "fp16"),
        ((8, 0), "auto", "bf16"),
        ((9, 0), "fp32", "fp32"),
    ],
)
def test_a_card_goes_by_its_capability(
    capability: tuple[int, int], wanted: str, expected: str
) -> None:
    """A TITAN Xp (6.1) runs fp16 at 1/64 of its speed: it never gets it."""
    assert choose_by_card(wanted, capability).name == expected


def choose_on_card(
    card: Card, answer: list[TrialVerdict], wanted: str = "auto"
) -> tuple[PrecisionChoice, list[Trial]]:
    """Choose on a posed card whose trial ends as `answer` says."""
    trials: list[Trial] = []

    def confirm(trial: Trial, identity: str) -> list[TrialVerdict]:
        assert card.name in identity
        trials.append(trial)
        return answer

    device = resolve_device(probe=PosedProbe(OLD_CARD_BUILD, (card,)))
    settings = WorkerSettings(precision=wanted, model_dir=Path("model"))
    return choose_precision(settings, WEIGHTS, device, threads=2, confirm=confirm), trials


@pytest.mark.parametrize(
    ("answer", "expected", "reason"),
    [
        ([TrialVerdict(2.5)], "bf16", "tried: 2.5 times as fast as fp32"),
        ([TrialVerdict(0.8)], "fp32", "bf16 was tried: 0.8 times as fast as fp32"),
        ([TrialVerdict(0, "sounds unlike fp32")], "fp32", "bf16 was tried: sounds unlike fp32"),
        ([], "fp32", "bf16 has not been tried on this card yet"),
        ([TrialVerdict(0, doubt="busy")], "fp32", "the reference; busy, and is repeated when the"),
    ],
    ids=["passed", "slower", "wrong", "not tried", "no verdict"],
)
def test_a_card_is_fp32_until_its_trial_has_passed(
    answer: list[TrialVerdict], expected: str, reason: str
) -> None:
    """Auto trusts no card's half precision by its capability alone."""
    choice, trials = choose_on_card(RTX_3060, answer)

    assert choice.name == expected
    assert reason in choice.reason
    assert trials == [Trial("model", 2, (TrialCandidate("bf16", "bf16", "fp32"),), "cuda:0")]


@pytest.mark.parametrize(
    ("card", "wanted", "expected"),
    [(TITAN_XP, "auto", "fp32"), (RTX_3060, "fp32", "fp32"), (RTX_3060, "bf16", "bf16")],
    ids=["old card", "fp32 by name", "bf16 by name"],
)
def test_a_card_needs_no_trial_for_fp32_or_a_named_precision(
    card: Card, wanted: str, expected: str
) -> None:
    """A precision that is named is used as it is, and fp32 is what others are compared with."""
    choice, trials = choose_on_card(card, [], wanted)

    assert choice.name == expected
    assert trials == []


def run_auto(
    monkeypatch: pytest.MonkeyPatch, verdicts: list[TrialVerdict], processor: Processor = FULL
) -> tuple[PrecisionChoice, list[Trial]]:
    """Choose on a posed processor whose trial ends as `verdicts` say."""
    monkeypatch.setattr(precision, "examine_processor", lambda: processor)
    monkeypatch.setattr(precision, "find_int8_fault", str)
    monkeypatch.setattr(precision, "load_calibration", lambda directory, source: RANGES)
    trials: list[Trial] = []

    def confirm(trial: Trial, identity: str) -> list[TrialVerdict]:
        trials.append(trial)
        return verdicts

    settings = WorkerSettings(precision="auto", model_dir=Path("model"))
    choice = choose_precision(settings, SOURCE, CPU, threads=2, confirm=confirm)
    return choice, trials


@pytest.mark.parametrize(
    ("fault", "expected"), [("", ("int8", "int8")), ("wrong by 0.3 of the peak", ("bf16", "fp32"))]
)
def test_a_front_in_int8_needs_int8(fault: str, expected: tuple[str, str]) -> None:
    """Beside bf16 durations and pitch are fp32, unless bf16 was asked for."""
    choice = choose_by_processor("auto", FULL, front="int8", calibration=RANGES, int8_fault=fault)

    assert (choice.name, choice.front) == expected


@pytest.mark.parametrize(("bf16", "expected"), [(3.25, "fp32"), (3.4, "bf16")])
def test_chance_does_not_choose_between_equals(
    monkeypatch: pytest.MonkeyPatch, bf16: float, expected: str
) -> None:
    """The coarser of two ways must be ahead by more than what trials differ by."""
    choice, _ = run_auto(monkeypatch, [TrialVerdict(bf16), TrialVerdict(3.2)])
    assert choice.dense == expected


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([TrialVerdict(3.0), TrialVerdict(1.5)], ("int8", "fp32")),
        ([TrialVerdict(0, "sounds unlike fp32"), TrialVerdict(1.5)], ("bf16", "fp32")),
        ([TrialVerdict(0, "sounds unlike fp32"), TrialVerdict(0.9)], ("fp32", "fp32")),
    ],
    ids=["int8", "wrong", "wrong and slow"],
)
def test_where_int8_is_wrong_the_fast_network_computes_in_fp32(
    monkeypatch: pytest.MonkeyPatch, verdicts: list[TrialVerdict], expected: tuple[str, str]
) -> None:
    """On a processor without bf16 it is tried beside int8; kokoro's own network is the last."""
    choice, trials = run_auto(monkeypatch, verdicts, AVX2)

    assert [(each.precision, each.dense) for each in trials[0].candidates] == [
        ("int8", "fp32"),
        ("bf16", "fp32"),
    ]
    assert (choice.name, choice.dense) == expected


def test_the_faster_of_two_ways_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where bf16 is no faster than fp32, what is not int8 stays in fp32."""
    choice, trials = run_auto(monkeypatch, [TrialVerdict(2.5), TrialVerdict(3.2)])

    assert [(each.precision, each.dense) for each in trials[0].candidates] == [
        ("int8", "bf16"),
        ("int8", "fp32"),
    ]
    assert (choice.name, choice.dense, choice.front) == ("int8", "fp32", "int8")
    assert choice.calibration is RANGES
    assert "tried: 3.2 times as fast as fp32" in choice.reason


@pytest.mark.parametrize(
    "verdicts",
    [
        [TrialVerdict(0.9), TrialVerdict(0.5)],
        [TrialVerdict(0, "took more than 20 s for a phrase")] * 2,
        [TrialVerdict(0, "sounds unlike fp32: log-spectral distance 20.0 dB"), TrialVerdict(0.99)],
    ],
    ids=["slower", "too-long", "wrong-or-slower"],
)
def test_what_does_not_pay_is_not_used(
    monkeypatch: pytest.MonkeyPatch, verdicts: list[TrialVerdict]
) -> None:
    """Slower, wrong or hanging: then fp32, and the reason says what was tried."""
    choice, _ = run_auto(monkeypatch, verdicts)

    assert choice.name == "fp32"
    assert choice.reason.startswith("int8 was tried: ")


@pytest.mark.parametrize(("speedup", "expected"), [(1.4, "bf16"), (0.9, "fp32")])
def test_an_old_processor_tries_the_fast_network(
    monkeypatch: pytest.MonkeyPatch, speedup: float, expected: str
) -> None:
    """Without int8 and bf16 it is the layout alone that may be faster."""
    choice, trials = run_auto(monkeypatch, [TrialVerdict(speedup)], processor=OLD)

    assert choice.name == expected
    assert [each.dense for each in trials[0].candidates] == ["fp32"]


def test_a_choice_without_a_trial_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doctor only recalls trials; it starts none."""
    choice, _ = run_auto(monkeypatch, [])

    assert choice.name == "int8"
    assert choice.reason.endswith("not tried yet, the next worker does")


def test_masks_belong_to_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor with instructions switched off is another one: other bytes, another trial."""
    plain = examine_processor()
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")

    masked = examine_processor()
    assert masked.name == plain.name
    assert masked.identity.endswith(" ONEDNN_MAX_CPU_ISA=AVX2")
    assert not masked.has_avx512


def test_cpuinfo_answers_where_the_probes_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyTorch's probes are private and may go with any release."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("model name\t: Posed 9000\nflags\t\t: sse avx512f avx512_vnni\n")

    class NoProbes:
        pass

    monkeypatch.setattr("worker.speech.fast.processor.torch.cpu", NoProbes)
    found = examine_processor(cpuinfo)

    assert found.name.endswith("Posed 9000")
    assert (found.has_avx512, found.has_vnni, found.has_bf16) == (True, True, False)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([TrialVerdict(0, doubt="busy")] * 2, ("int8", "bf16", True)),
        ([TrialVerdict(0, "wrong"), TrialVerdict(0, doubt="busy")], ("int8", "fp32", True)),
        ([TrialVerdict(0, doubt="busy"), TrialVerdict(2.0)], ("int8", "fp32", True)),
        ([TrialVerdict(2.0), TrialVerdict(1.5)], ("int8", "bf16", False)),
    ],
)
def test_without_a_verdict_a_processor_begins_with_the_likely_choice(
    monkeypatch: pytest.MonkeyPatch,
    verdicts: list[TrialVerdict],
    expected: tuple[str, str, bool],
) -> None:
    """A busy machine costs nobody the fast path; the choice is known as one to be tried again."""
    choice, _ = run_auto(monkeypatch, verdicts)

    assert (choice.name, choice.dense, choice.is_tentative) == expected
    assert ("busy" in choice.reason) == (verdicts[-1].speedup == 0)
