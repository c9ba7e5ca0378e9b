"""A machine with several cards that no test machine has: the tone, on the device of a posed probe.

``KTTS_SYNTHESIZER=tests.faults.carded:load_engine`` puts it into a real worker. Environment:
``KTTS_POSED_CARDS``: the cards' own numbers, separated by commas; one that ends in ``!`` fails its
proof, one that ends in ``?`` has no room for the model.
"""

from __future__ import annotations

import os

from tests.fakes import tone
from tests.fakes.posed_probe import SEED_BUILD, PosedProbe
from worker.engine import Announce, ClaimCard, Engine
from worker.settings import WorkerSettings
from worker.speech.device.device import fall_back, resolve_device
from worker.speech.device.probe import Card

NO_IMAGE = "CUDA error: no kernel image is available for execution on the device"
OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 20.00 MiB."


def load_engine(settings: WorkerSettings, claim_card: ClaimCard, _announce: Announce) -> Engine:
    """Load as Kokoro's engine does: choose a device, and another when the model fails there."""
    names = os.environ["KTTS_POSED_CARDS"].split(",")
    cards = tuple(
        Card(index, "NVIDIA GeForce RTX 3060", (8, 6), name.rstrip("!?"))
        for index, name in enumerate(names)
    )
    broken = {f"cuda:{i}": NO_IMAGE for i, name in enumerate(names) if name.endswith("!")}
    probe = PosedProbe(SEED_BUILD, cards, kernel_failure=broken, driver="12.8")
    choice = resolve_device(settings.device, settings.use_gpu, probe, claim_card)
    while choice.name != "cpu" and names[int(choice.name.removeprefix("cuda:"))].endswith("?"):
        choice = fall_back(choice, RuntimeError(OUT_OF_MEMORY), probe, claim_card)
    engine = tone.make_engine()
    engine.synthesizer.device = choice.name
    return engine
