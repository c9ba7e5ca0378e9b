from __future__ import annotations

import pytest

from worker.speech.device.fixes import suggest_for_failure, suggest_wheel


@pytest.mark.parametrize(
    ("capability", "version", "driver", "expected"),
    [
        pytest.param((6, 1), "2.10.0+cu128", "12.8", "torch==2.10.0 {}cu126", id="pascal"),
        pytest.param((7, 0), "2.13.0+cu130", None, "torch==2.13.0 {}cu126", id="volta"),
        pytest.param((5, 2), "2.14.1+cu130", None, "torch==2.14.1 {}cu126", id="last-release"),
        pytest.param((6, 1), "2.15.0+cu130", None, "torch==2.14.* {}cu126", id="past-the-last"),
        pytest.param((6, 1), "2.4.1+cu121", None, "'torch>=2.6,<2.15' {}cu126", id="before-first"),
        pytest.param((7, 5), "2.13.0+cpu", "13.0", "torch==2.13.0 {}cu130", id="turing"),
        pytest.param((12, 0), "2.10.0+cu126", "13.0", "torch==2.10.0 {}cu130", id="blackwell"),
        pytest.param((12, 0), "2.10.0+cu126", "12.8", "torch==2.10.0 {}cu128", id="older-driver"),
        pytest.param((12, 0), "2.8.0+cu126", None, "torch==2.8.0 {}cu128", id="before-cu130"),
        pytest.param((12, 0), "2.6.0+cu126", None, "'torch>=2.9' {}cu130", id="before-cu128"),
        pytest.param((8, 6), "2.13.0+cpu", "12.4", "torch==2.13.0 {}cu126", id="driver-of-cuda-12"),
        pytest.param(None, "2.13.0+cpu", None, "torch==2.13.0 {}cu130", id="unknown-card"),
    ],
)
def test_wheel_keeps_the_release_and_fits_card_and_driver(capability, version, driver, expected):
    """The pip line names the installed release where that release has a wheel for the card."""
    line = expected.format("--index-url https://download.pytorch.org/whl/")

    assert line in suggest_wheel(capability, version, driver)


def test_wheel_replaces_an_installed_build_of_the_same_release():
    """Pip counts 2.10.0+cu128 as torch==2.10.0 and would change nothing without being forced."""
    assert "pip install --force-reinstall " in suggest_wheel((6, 1), "2.10.0+cu128")


def test_below_capability_5_nothing_helps():
    """A Kepler card is sent to the CPU, not to a wheel."""
    fix = suggest_wheel((3, 5), "2.10.0+cu128")

    assert "pip" not in fix
    assert "USE_GPU=false" in fix


def test_blackwell_behind_a_cuda_12_driver_is_told_to_update_it():
    """Releases from 2.12 on have no CUDA 12 wheel for this card, so the driver must follow."""
    fix = suggest_wheel((12, 0), "2.13.0+cu126", "12.8")

    assert "whl/cu130 (and update the NVIDIA driver to 580 or newer)" in fix


def test_pascal_card_is_not_sent_past_its_last_driver():
    """Driver branches after 580 do not serve cards before Turing."""
    _, fix = suggest_for_failure(
        "The NVIDIA driver on your system is too old (found version 11040).",
        (6, 1),
        "2.10.0+cu126",
        "11.4",
    )

    assert fix == "update the NVIDIA driver to 580, the last branch for this card"


def test_unknown_failure_keeps_pytorchs_own_words():
    """An error that nobody foresaw is passed on by its first line."""
    reason, fix = suggest_for_failure("CUDA error: unknown\nsecond line", (8, 6), "2.13.0", None)

    assert reason == "CUDA error: unknown"
    assert "USE_GPU=false" in fix
