from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.commands import doctor
from scripts.diagnosis.diagnosis import Diagnosis, describe_cpu, diagnose
from scripts.diagnosis.gpu_report import WIDTH, write_report
from scripts.diagnosis.state import FastPath
from tests.fakes.posed_probe import (
    CPU_BUILD,
    OLD_CARD_BUILD,
    RTX_3060,
    SEED_BUILD,
    TITAN_XP,
    PosedProbe,
)
from tests.fakes.tiny_model import write_tiny_model
from worker.settings import WorkerSettings

pytestmark = pytest.mark.heavy

DEAD_SERVER = "redis://127.0.0.1:1/0"
TITLES = [
    "HARDWARE",
    "SOFTWARE",
    "ROOT CAUSE",
    "OPTIONS, best first",
    "PERFORMANCE",
    "CURRENT MODE",
    "HOW TO SWITCH",
    "MODEL, SERVER, VOLUMES",
]


@pytest.fixture(autouse=True)
def environment(tmp_path, monkeypatch) -> Path:
    """A machine with a model, empty volumes and no Redis; return its root."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KTTS_MODEL_DIR", str(write_tiny_model(tmp_path / "model")))
    monkeypatch.setenv("KTTS_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("KTTS_WORK_DIR", str(tmp_path / "work"))
    monkeypatch.setenv("KTTS_REDIS_URL", DEAD_SERVER)
    return tmp_path


def examine(probe: PosedProbe) -> Diagnosis:
    """Return what the doctor finds on a machine that `probe` poses as."""
    return diagnose(WorkerSettings(), probe)


def section(diagnosis: Diagnosis, title: str) -> str:
    """Return the lines of the report under `title`, unwrapped."""
    report = "\n".join(write_report(diagnosis))
    body = report.partition(f"\n{title}\n")[2].partition("\n\n")[0]
    return " ".join(body.split())


def test_report_keeps_the_order_of_the_seed():
    """Hardware, software, root cause, options, performance, mode, switches, then the rest."""
    lines = list(write_report(examine(PosedProbe(SEED_BUILD, (TITAN_XP,)))))

    assert [line for line in lines if line in TITLES] == TITLES


def test_titan_xp_report_names_cause_and_command():
    """The seed's machine: the report says what the seed's report did not know."""
    found = examine(PosedProbe(SEED_BUILD, (TITAN_XP,), driver="12.8"))

    assert "NVIDIA TITAN Xp, compute capability 6.1" in section(found, "HARDWARE")
    assert "serves CUDA up to 12.8" in section(found, "HARDWARE")
    assert "2.10.0+cu128" in section(found, "SOFTWARE")
    assert "no kernels for capability 6.1" in section(found, "ROOT CAUSE")
    options = section(found, "OPTIONS, best first")
    wheel = "torch==2.10.0 --index-url https://download.pytorch.org/whl/cu126"
    assert options.index(wheel) < options.index("from source") < options.index("USE_GPU=false")


def test_usable_card_has_no_root_cause():
    """Where the card works, the report says so and offers it first."""
    found = examine(PosedProbe(OLD_CARD_BUILD, (TITAN_XP,)))

    assert section(found, "ROOT CAUSE") == "none: NVIDIA TITAN Xp (cuda:0, capability 6.1) works."
    assert "cuda:0, fp32" in section(found, "CURRENT MODE")


@pytest.mark.parametrize("precision", ["int8", "fp32"])
def test_the_mode_names_the_precision_that_is_used(precision):
    """The device line and the fast path below it agree; an unknown precision is left out."""
    found = examine(PosedProbe(CPU_BUILD))
    fast_path = FastPath(enabled=precision != "fp32", reason="posed", precision=precision)

    mode = section(replace(found, fast_path=fast_path), "CURRENT MODE")

    assert mode.startswith(f"Device cpu, {precision} Why ")


def test_card_switched_off_by_settings_is_said_so(monkeypatch):
    """A usable card under USE_GPU=false is a choice, not a defect."""
    monkeypatch.setenv("USE_GPU", "false")

    found = examine(PosedProbe(SEED_BUILD, (RTX_3060,)))

    assert "works, but settings say CPU" in section(found, "ROOT CAUSE")
    assert "USE_GPU false" in section(found, "CURRENT MODE")


def test_cuda_without_a_card_is_said_to_take_the_disk_for_nothing():
    """The line that gets rid of it names the same release; a CPU build has none."""
    heavy, light = examine(PosedProbe(SEED_BUILD)), examine(PosedProbe(CPU_BUILD))

    assert "brings CUDA, some 5 GB, for nothing" in section(heavy, "ROOT CAUSE")
    assert (
        "Free the disk of CUDA: pip install --force-reinstall torch==2.10.0 "
        "--index-url https://download.pytorch.org/whl/cpu"
    ) in section(heavy, "OPTIONS, best first")
    assert "for nothing" not in section(light, "ROOT CAUSE")
    assert "CUDA" not in section(light, "OPTIONS, best first")


def test_cpu_build_beside_a_card_is_the_root_cause():
    """The card is seen by the system, and PyTorch is what cannot use it."""
    found = examine(PosedProbe(CPU_BUILD, installed=(RTX_3060,)))

    assert "this PyTorch has no CUDA" in section(found, "ROOT CAUSE")
    assert "whl/cu130" in section(found, "OPTIONS, best first")


def test_no_speed_is_ever_invented():
    """Without a measurement there is no figure, neither for now nor for the card."""
    text = section(examine(PosedProbe(SEED_BUILD, (TITAN_XP,))), "PERFORMANCE")

    assert "Now not measured yet on cpu" in text
    assert "Expected not measured yet on cuda:0" in text
    assert "x real time" not in text


def test_measured_speed_is_shown(environment):
    """The last job's figure is printed for people and for the device it was measured on."""
    record = {"device": "cpu", "real_time_factor": 0.25, "audio_seconds": 481.2, "at": "2026-08-01"}
    (environment / "cache" / "ktts").mkdir(parents=True)
    (environment / "cache" / "ktts" / "last-speed.json").write_text(json.dumps(record))

    text = section(examine(PosedProbe(CPU_BUILD)), "PERFORMANCE")

    assert "Now 4.0x real time (real-time factor 0.25) on cpu, 481 s of audio, 2026-08-01" in text


def test_lines_fit_a_terminal_except_what_is_pasted(environment):
    """Only commands and paths, which must stay whole, run past the width."""
    lines = write_report(examine(PosedProbe(SEED_BUILD, (TITAN_XP,), driver="12.8")))

    whole = ("pip install", str(environment))
    assert [line for line in lines if len(line) > WIDTH and not any(w in line for w in whole)] == []


def test_json_has_the_documented_keys():
    """The machine's answer holds exactly what the documentation promises."""
    answer = examine(PosedProbe(SEED_BUILD, (TITAN_XP,))).as_json()

    assert list(answer) == [
        "device",
        "reason",
        "candidates",
        "torch",
        "kernels",
        "model",
        "server",
        "volume",
        "fast_path",
    ]
    assert json.loads(json.dumps(answer)) == answer
    assert (answer["device"], answer["torch"]) == ("cpu", "2.10.0+cu128")
    first = answer["candidates"][0]
    assert (first["name"], first["capability"], first["usable"]) == ("cuda:0", "6.1", False)
    assert "whl/cu126" in first["fix"]
    assert "NVIDIA TITAN Xp" in answer["reason"]


def test_missing_pytorch_is_a_finding():
    """The doctor works where the patient has no PyTorch."""
    found = examine(PosedProbe(build=None))

    assert found.exit_code == 78
    assert (found.as_json()["device"], found.as_json()["torch"]) == (None, None)
    assert "not installed" in section(found, "SOFTWARE")


def test_named_device_that_cannot_work_is_78(monkeypatch):
    """The doctor says beforehand what the worker would exit with."""
    monkeypatch.setenv("KTTS_DEVICE", "cuda")

    found = examine(PosedProbe(SEED_BUILD, (TITAN_XP,)))

    assert found.exit_code == 78
    assert "KTTS_DEVICE=cuda cannot be used" in found.refusal


def test_redis_down_is_69_and_no_traceback(capsys, monkeypatch):
    """With all else in order the exit code is that of the queue, and the text says what to do."""
    monkeypatch.setattr(doctor, "TorchProbe", lambda: PosedProbe(CPU_BUILD))

    code = doctor.main([])

    assert code == 69
    assert "VERDICT: no worker can run here; 1 thing to mend" in capsys.readouterr().out


def test_gravest_problem_gives_the_exit_code(environment):
    """No model outweighs a blocked volume, which outweighs Redis; all are listed."""
    (environment / "output").write_text("")
    blocked = examine(PosedProbe(CPU_BUILD))
    (environment / "model" / "SOURCE.json").unlink()
    without_model = examine(PosedProbe(CPU_BUILD))

    assert [code for code, _ in blocked.problems] == [74, 69]
    assert [code for code, _ in without_model.problems] == [78, 74, 69]
    assert without_model.exit_code == 78


def test_json_is_the_last_line_and_the_only_one(capsys, monkeypatch):
    """Nothing else reaches stdout with --json."""
    monkeypatch.setattr(doctor, "TorchProbe", lambda: PosedProbe(CPU_BUILD))

    doctor.main(["--json"])

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["device"] == "cpu"


def test_wrong_settings_are_78_with_the_same_json_keys(capsys, monkeypatch):
    """A setting that cannot be read is named, on both streams."""
    monkeypatch.setenv("KTTS_DEVICE", "gpu")

    code = doctor.main(["--json"])

    answer = json.loads(capsys.readouterr().out)
    assert code == 78
    assert "KTTS_DEVICE" in answer["reason"]
    assert answer["device"] is None


def test_cpu_is_named_from_the_kernels_list(tmp_path):
    """The processor's name and the cores that this process may use."""
    listing = tmp_path / "cpuinfo"
    listing.write_text("processor\t: 0\nmodel name\t: Fast Processor 9000\n")

    assert describe_cpu(listing).startswith("Fast Processor 9000, ")


def test_idle_gpu_is_the_first_thing_said():
    """Nobody has to read to the root cause to learn that the GPU is not used."""
    lines = list(write_report(examine(PosedProbe(SEED_BUILD, (TITAN_XP,)))))

    assert lines[2] == "WARNING: a GPU stands idle; see ROOT CAUSE and OPTIONS."
