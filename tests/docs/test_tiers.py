"""The tiers of ``scripts/test``: what each test is marked with, and by what."""

from __future__ import annotations

import pytest

from tests.fixtures.tiers import find_marks


@pytest.mark.parametrize(
    ("nodeid", "fixtures", "names", "expected"),
    [
        pytest.param("tests/jobs/a.py::t", {"tmp_path"}, {"pytest"}, set(), id="nothing"),
        pytest.param("tests/jobs/a.py::t", {"_session_server"}, set(), {"server"}, id="fixture"),
        pytest.param("tests/jobs/a.py::t", set(), {"run_server"}, {"server"}, id="its own server"),
        pytest.param("tests/worker/a.py::t", {"model_dir"}, set(), {"model"}, id="weights"),
        pytest.param("tests/faults/a.py::t", set(), set(), {"faults"}, id="folder"),
        pytest.param(
            "tests/browser/a.py::t", {"site", "model_dir"}, set(), {"browser", "model", "server"}
        ),
    ],
)
def test_a_test_is_marked_by_what_it_asks_for(
    nodeid: str, fixtures: set[str], names: set[str], expected: set[str]
) -> None:
    """By its folder, by the fixtures below it, and by what its module imports."""
    assert find_marks(nodeid, fixtures, names) == expected
