from __future__ import annotations

import logging
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from jobs.errors import StartupError
from tests.fakes.posed_probe import (
    CPU_BUILD,
    OLD_CARD_BUILD,
    RTX_3060,
    RTX_5090,
    SEED_BUILD,
    TITAN_XP,
    PosedProbe,
)
from worker.speech.device.device import fall_back, resolve_device
from worker.speech.device.probe import Card, TorchBuild

NO_IMAGE = "CUDA error: no kernel image is available for execution on the device"
OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of ..."
DRIVER_OLD = (
    "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU "
    "driver by downloading and installing a new version."
)
NO_DRIVER = "Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU."
CU126 = "torch==2.10.0 --index-url https://download.pytorch.org/whl/cu126"


def warnings_of(caplog) -> list[str]:
    """Return what was logged as a warning."""
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_titan_xp_without_kernels_falls_back_to_cpu(caplog):
    """The seed's failure: the build has no kernels for 6.1, which is seen before any launch."""
    probe = PosedProbe(SEED_BUILD, (TITAN_XP,), driver="12.8")

    choice = resolve_device(probe=probe)

    assert choice.name == "cpu"
    assert probe.tried == []
    (warning,) = warnings_of(caplog)
    for fact in (
        "NVIDIA TITAN Xp",
        "6.1",
        "sm_70 sm_75 sm_80",
        "sm_120",
        f"pip install --force-reinstall {CU126}",
    ):
        assert fact in warning


def test_titan_xp_runs_on_cuda_with_cu126_build(caplog):
    """The same card and release with sm_60 kernels is used, without a warning."""
    choice = resolve_device(probe=PosedProbe(OLD_CARD_BUILD, (TITAN_XP,)))

    assert choice.name == "cuda:0"
    assert "sm_60" in choice.reason
    assert warnings_of(caplog) == []


def test_rtx_3060_runs_on_cuda():
    """A card whose own kernels are in the build is used."""
    choice = resolve_device(probe=PosedProbe(SEED_BUILD, (RTX_3060,)))

    assert choice.name == "cuda:0"
    assert "NVIDIA GeForce RTX 3060" in choice.reason


def test_blackwell_card_with_cu126_build_is_told_of_cu130(caplog):
    """A card newer than every kernel of the build needs newer wheels, not older ones."""
    choice = resolve_device(probe=PosedProbe(OLD_CARD_BUILD, (RTX_5090,)))

    assert choice.name == "cpu"
    assert "torch==2.10.0 --index-url https://download.pytorch.org/whl/cu130" in choice.warning


def test_no_kernel_image_at_launch_falls_back_to_cpu(caplog):
    """A listed kernel that does not start counts as missing."""
    probe = PosedProbe(OLD_CARD_BUILD, (TITAN_XP,), kernel_failure={"cuda:0": NO_IMAGE})

    choice = resolve_device(probe=probe)

    assert choice.name == "cpu"
    assert "no kernel image" in choice.warning
    assert CU126 in choice.warning


@pytest.mark.parametrize("error", [0.5, float("nan"), float("inf")])
def test_kernel_with_wrong_numbers_is_not_trusted(error):
    """A card that computes wrong, or not numbers at all, is left out."""
    choice = resolve_device(probe=PosedProbe(SEED_BUILD, (RTX_3060,), kernel={"cuda:0": error}))

    assert choice.name == "cpu"
    assert "results are wrong" in choice.warning


def test_tf32_rounding_is_not_taken_for_a_broken_card():
    """Ampere's default rounding of convolutions passes the check."""
    choice = resolve_device(probe=PosedProbe(SEED_BUILD, (RTX_3060,), kernel={"cuda:0": 1.2e-3}))

    assert choice.name == "cuda:0"


def test_out_of_memory_in_the_probe_goes_to_the_next_card():
    """A full card is passed over for a free one."""
    free = replace(RTX_3060, index=1)
    probe = PosedProbe(SEED_BUILD, (RTX_3060, free), kernel_failure={"cuda:0": OUT_OF_MEMORY})

    choice = resolve_device(probe=probe)

    assert choice.name == "cuda:1"
    assert "memory" in choice.candidates[0].reason


def test_out_of_memory_while_loading_falls_back_to_cpu_with_one_warning(caplog):
    """The model is the last proof: where it does not fit, auto goes on to the CPU."""
    probe = PosedProbe(SEED_BUILD, (RTX_3060,))
    choice = resolve_device(probe=probe)

    following = fall_back(choice, RuntimeError(OUT_OF_MEMORY), probe)

    assert following.name == "cpu"
    (warning,) = warnings_of(caplog)
    assert "not enough free memory" in warning
    assert "KTTS_DEVICE=cuda:N" in warning


def test_load_failure_takes_another_card_before_the_cpu():
    """A second usable card is tried before the CPU, and the failed one is not tried again."""
    probe = PosedProbe(SEED_BUILD, (RTX_3060, replace(RTX_3060, index=1)))
    choice = resolve_device(probe=probe)

    following = fall_back(choice, RuntimeError(OUT_OF_MEMORY), probe)
    last = fall_back(following, RuntimeError(OUT_OF_MEMORY), probe)

    assert [following.name, last.name] == ["cuda:1", "cpu"]
    assert probe.tried == ["cuda:0", "cuda:1"]


def test_load_failure_on_a_named_device_exits_78():
    """A named device is never replaced, also when only the model fails on it."""
    probe = PosedProbe(SEED_BUILD, (RTX_3060,))
    choice = resolve_device("cuda", probe=probe)

    with pytest.raises(StartupError, match="not enough free memory") as raised:
        fall_back(choice, RuntimeError(OUT_OF_MEMORY), probe)

    assert raised.value.exit_code == 78


def test_load_failure_on_the_cpu_exits_78():
    """Below the CPU there is nothing left to go to."""
    choice = resolve_device(probe=PosedProbe(CPU_BUILD))

    with pytest.raises(StartupError, match="cannot run on cpu"):
        fall_back(choice, RuntimeError("mmap failed"), PosedProbe(CPU_BUILD))


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        pytest.param("11.4", "update the NVIDIA driver to 580", id="cuda-11-driver"),
        pytest.param("12.2", "whl/cu126", id="cuda-12-driver-can-stay"),
    ],
)
def test_driver_too_old_is_explained(driver, expected):
    """CUDA that cannot start for its driver names the driver, what it serves, and the ways out."""
    probe = PosedProbe(
        TorchBuild("2.13.0+cu130", "13.0"),
        init_error=DRIVER_OLD,
        installed=(RTX_3060,),
        driver=driver,
    )

    choice = resolve_device(probe=probe)

    assert choice.name == "cpu"
    assert f"it serves CUDA up to {driver}" in choice.warning
    assert expected in choice.warning


def test_no_driver_for_a_card_in_the_machine_warns():
    """A card on the bus without a driver is worth a warning with the way out."""
    probe = PosedProbe(init_error=NO_DRIVER, installed=(Card(0, "NVIDIA card"),))

    choice = resolve_device(probe=probe)

    assert choice.name == "cpu"
    assert "install the NVIDIA driver" in choice.warning
    assert "--gpus all" in choice.warning


def test_machine_without_a_gpu_does_not_warn(caplog):
    """Where no accelerator exists, nothing fell back and nothing needs fixing."""
    choice = resolve_device(probe=PosedProbe(init_error=NO_DRIVER))

    assert (choice.name, choice.warning) == ("cpu", "")
    assert warnings_of(caplog) == []


def test_use_gpu_true_without_a_gpu_warns():
    """Who asked for a GPU hears that there is none."""
    choice = resolve_device(use_gpu=True, probe=PosedProbe(CPU_BUILD))

    assert choice.name == "cpu"
    assert "no NVIDIA card" in choice.warning


def test_cpu_build_of_pytorch_beside_a_card_names_its_wheels():
    """A card that a CPU-only PyTorch cannot see is reported with the wheels for that card."""
    choice = resolve_device(probe=PosedProbe(CPU_BUILD, installed=(TITAN_XP,)))

    assert choice.name == "cpu"
    assert "NVIDIA TITAN Xp" in choice.warning
    assert "torch==2.13.0 --index-url https://download.pytorch.org/whl/cu126" in choice.warning


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_of_two_cards_the_usable_one_is_chosen(device):
    """The first card cannot run this build, the second can."""
    probe = PosedProbe(SEED_BUILD, (TITAN_XP, replace(RTX_3060, index=1)))

    assert resolve_device(device, probe=probe).name == "cuda:1"


def test_only_the_claimed_card_is_proved():
    """A card that another worker uses is not even touched: a proof takes memory on it."""
    probe = PosedProbe(SEED_BUILD, (RTX_3060, replace(RTX_3060, index=1)))

    choice = resolve_device(probe=probe, claim_card=lambda cards: cards[-1])

    assert choice.name == "cuda:1"
    assert probe.tried == ["cuda:1"]


def test_a_claimed_card_that_fails_is_claimed_no_more(caplog):
    """The claim is asked for again among the rest, and the warning names the one that is out."""
    asked = []
    cards = tuple(replace(RTX_3060, index=index, uuid=f"GPU-{index}") for index in range(3))
    probe = PosedProbe(SEED_BUILD, cards, kernel_failure={"cuda:2": NO_IMAGE})

    def claim_last(identities):
        asked.append(list(identities))
        return identities[-1]

    choice = resolve_device(probe=probe, claim_card=claim_last)

    assert asked == [["GPU-0", "GPU-1", "GPU-2"], ["GPU-0", "GPU-1"]]
    assert choice.name == "cuda:1"
    (warning,) = warnings_of(caplog)
    assert "running on cuda:1; left out: NVIDIA GeForce RTX 3060 (cuda:2" in warning


def test_naming_the_unusable_one_of_two_cards_exits_78():
    """A named card is not replaced by its neighbour."""
    probe = PosedProbe(SEED_BUILD, (TITAN_XP, replace(RTX_3060, index=1)))

    with pytest.raises(StartupError, match=r"NVIDIA TITAN Xp.*whl/cu126") as raised:
        resolve_device("cuda:0", probe=probe)

    assert raised.value.exit_code == 78


def test_card_that_does_not_exist_exits_78_and_lists_those_that_do():
    """cuda:7 on a machine with one card."""
    with pytest.raises(StartupError, match=r"no such card.*cuda:0 NVIDIA GeForce RTX 3060"):
        resolve_device("cuda:7", probe=PosedProbe(SEED_BUILD, (RTX_3060,)))


@pytest.mark.parametrize(
    ("device", "probe"),
    [
        pytest.param("cuda", PosedProbe(CPU_BUILD), id="cpu-build"),
        pytest.param("cuda:1", PosedProbe(init_error=NO_DRIVER), id="no-driver"),
        pytest.param("mps", PosedProbe(CPU_BUILD), id="no-apple-gpu"),
        pytest.param("cuda", PosedProbe(build=None), id="no-torch"),
        pytest.param("auto", PosedProbe(build=None), id="no-torch-auto"),
    ],
)
def test_device_that_cannot_work_exits_78(device, probe):
    """A named device that is not there stops the worker before it takes a job."""
    with pytest.raises(StartupError) as raised:
        resolve_device(device, probe=probe)

    assert raised.value.exit_code == 78


def test_missing_pytorch_says_how_to_install_it():
    """Without PyTorch there is no device at all, and the way out is one line."""
    with pytest.raises(StartupError, match=r"not installed.*pip install"):
        resolve_device(probe=PosedProbe(build=None))


def test_apple_gpu_is_chosen_where_there_is_no_cuda():
    """MPS comes after CUDA and before the CPU."""
    assert resolve_device(probe=PosedProbe(CPU_BUILD, mps=True)).name == "mps"


def test_model_operation_missing_on_apple_gpu_names_the_fallback_switch():
    """PyTorch's own switch for operations that MPS lacks is part of the message."""
    probe = PosedProbe(CPU_BUILD, mps=True)
    error = NotImplementedError(
        "The operator 'aten::x' is not currently implemented for the MPS device"
    )

    following = fall_back(resolve_device(probe=probe), error, probe)

    assert following.name == "cpu"
    assert "PYTORCH_ENABLE_MPS_FALLBACK=1" in following.warning


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_use_gpu_false_runs_on_the_cpu_without_touching_the_card(device, caplog):
    """USE_GPU=false is a wish, not a fall-back: no warning, no kernel on the card."""
    probe = PosedProbe(SEED_BUILD, (RTX_3060,))

    choice = resolve_device(device, use_gpu=False, probe=probe)

    assert choice.name == "cpu"
    assert probe.tried == []
    assert warnings_of(caplog) == []


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "mps"])
def test_use_gpu_false_with_a_named_gpu_is_a_contradiction(device):
    """Neither setting silently wins over the other."""
    with pytest.raises(StartupError, match=f"USE_GPU=false and KTTS_DEVICE={device} contradict"):
        resolve_device(device, use_gpu=False, probe=PosedProbe(SEED_BUILD, (RTX_3060,)))


def test_named_cpu_stands_beside_use_gpu_true():
    """KTTS_DEVICE=cpu is a named device, so a usable card does not replace it."""
    probe = PosedProbe(SEED_BUILD, (RTX_3060,))

    assert resolve_device("cpu", use_gpu=True, probe=probe).name == "cpu"
    assert probe.tried == []


def test_auto_stops_at_the_first_usable_card():
    """Kernels run on no more cards than needed: each one costs memory on the card."""
    probe = PosedProbe(SEED_BUILD, (RTX_3060, replace(RTX_3060, index=1)))

    resolve_device(probe=probe)

    assert probe.tried == ["cuda:0"]


@pytest.mark.slow
def test_process_with_a_named_device_that_cannot_work_exits_78():
    """KTTS_DEVICE=cuda where no card is visible ends a real process with 78 and an explanation."""
    program = (
        "import os, sys\n"
        "from jobs.errors import StartupError\n"
        "from worker.speech.device.device import resolve_device\n"
        "try:\n"
        "    resolve_device(os.environ['KTTS_DEVICE'])\n"
        "except StartupError as exc:\n"
        "    print(exc, file=sys.stderr)\n"
        "    sys.exit(exc.exit_code)\n"
    )
    environment = {**os.environ, "KTTS_DEVICE": "cuda", "CUDA_VISIBLE_DEVICES": ""}

    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 78
    assert "KTTS_DEVICE=cuda cannot be used" in ended.stderr
