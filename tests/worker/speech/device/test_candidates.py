from __future__ import annotations

import pytest

from tests.fakes.posed_probe import RTX_3060, PosedProbe
from worker.speech.device.candidates import examine_devices, find_kernel
from worker.speech.device.probe import TorchBuild

SEED_KERNELS = ("sm_70", "sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120")


@pytest.mark.parametrize(
    ("kernels", "capability", "expected"),
    [
        pytest.param(SEED_KERNELS, (6, 1), None, id="older-than-all"),
        pytest.param(("sm_50", "sm_60", "sm_70"), (6, 1), "sm_60", id="same-major-lower-minor"),
        pytest.param(SEED_KERNELS, (8, 9), "sm_86", id="newest-that-fits"),
        pytest.param(("sm_75",), (7, 0), None, id="same-major-higher-minor"),
        pytest.param(("sm_80", "sm_86"), (9, 0), None, id="binary-of-older-major"),
        pytest.param(SEED_KERNELS, (12, 1), "sm_120", id="three-digits"),
        pytest.param(SEED_KERNELS, (10, 3), "sm_100", id="three-digits-minor"),
        pytest.param(("sm_80", "compute_80"), (12, 0), "compute_80", id="ptx-for-newer"),
        pytest.param(("compute_80",), (7, 5), None, id="ptx-for-older"),
        pytest.param(("sm_90a",), (9, 0), "sm_90a", id="letter-exact"),
        pytest.param(("sm_100a",), (10, 3), None, id="letter-other-minor"),
        pytest.param(("compute_90a",), (10, 0), None, id="letter-ptx-newer"),
        pytest.param(("sm_100f",), (10, 3), "sm_100f", id="family-member"),
        pytest.param(("compute_100f",), (12, 0), None, id="other-family"),
        pytest.param(("gfx90a", "sm_x"), (9, 0), None, id="names-of-others"),
        pytest.param((), (9, 0), None, id="empty-list"),
    ],
)
def test_kernel_rule(kernels, capability, expected):
    """Binaries run on their major and later minors, PTX on anything later, letters on their own."""
    assert find_kernel(kernels, capability) == expected


def test_kernel_list_of_another_maker_leaves_the_answer_to_the_launch():
    """ROCm names its kernels otherwise, so only the real kernels can say."""
    build = TorchBuild("2.10.0+rocm6.4", "6.4", ("gfx90a", "gfx1100"))
    probe = PosedProbe(build, (RTX_3060,))

    found = next(examine_devices(probe))

    assert found.usable
    assert probe.tried == ["cuda:0"]


def test_devices_come_in_order_cuda_mps_cpu():
    """The order of preference is the order of the report."""
    probe = PosedProbe(seen=(RTX_3060,), mps=True)

    assert [found.name for found in examine_devices(probe)] == ["cuda:0", "mps", "cpu"]
