"""The walls between the folders: the contracts in pyproject.toml hold, and each one can break."""

from __future__ import annotations

import tomllib
from typing import Any

import grimp
import pytest
from importlinter import Contract, configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

from tests.conftest import ROOT

configuration.configure()
CONFIGURATION: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
    "importlinter"
]
CONTRACTS = CONFIGURATION["contracts"]

KINDS: dict[str, type[Contract]] = {
    "layers": LayersContract,
    "forbidden": ForbiddenContract,
    "protected": ProtectedContract,
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Return the imports of the whole tree."""
    return grimp.build_graph(
        *CONFIGURATION["root_packages"], include_external_packages=True, cache_dir=None
    )


def broken(graph: grimp.ImportGraph) -> list[str]:
    """Return the names of the contracts that do not hold."""
    return [
        options["name"]
        for options in CONTRACTS
        if not KINDS[options["type"]](options["name"], CONFIGURATION, options)
        .check(graph, verbose=False)
        .kept
    ]


def test_the_walls_hold(graph: grimp.ImportGraph) -> None:
    """What `lint-imports` says, so that the tests alone find it too."""
    assert broken(graph) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("jobs.queue.keys", "worker.settings"),
        ("jobs.queue.keys", "jobs.books.manifest"),
        ("jobs.playback.journal", "jobs.queue.keys"),
        ("jobs.voices", "redis"),
        ("jobs.request", "numpy"),
        ("worker.tasks", "redis"),
        ("worker.render.render", "torch"),
        ("worker.metrics.counters", "worker.speech.kokoro"),
        ("worker.speech.kokoro", "worker.render.render"),
        ("worker.pronunciation.units", "worker.speech.kokoro"),
        ("scripts.console.options", "scripts.diagnosis.diagnosis"),
        ("scripts.audiobook.open_book", "scripts.measure.speed.chart"),
        ("scripts.audiobook.open_book", "scripts.webapp.app"),
        ("scripts.audiobook.open_book", "redis"),
        ("scripts.webapp.uploads", "scripts.audiobook.open_book"),
        ("scripts.webapp.app", "worker.engine"),
        ("scripts.measure.speed.chart", "scripts.commands.speak"),
        ("scripts.model.hub", "torch"),
    ],
)
def test_an_import_through_a_wall_is_noticed(
    graph: grimp.ImportGraph, importer: str, imported: str
) -> None:
    """One forbidden import is enough to break a contract."""
    assert {importer, imported} <= graph.modules
    graph.add_import(importer=importer, imported=imported)
    try:
        assert broken(graph) != []
    finally:
        graph.remove_import(importer=importer, imported=imported)
