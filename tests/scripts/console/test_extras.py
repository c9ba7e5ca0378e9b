from __future__ import annotations

import pytest

from jobs.errors import StartupError
from scripts.console import extras
from scripts.console.extras import find_extra, require_extra


@pytest.mark.parametrize(
    ("package", "extra"),
    [
        ("torch", "worker"),
        ("uvicorn", "web"),
        ("onnx", "convert"),
        ("nowhere", None),
        (None, None),
    ],
)
def test_a_package_is_known_by_its_extra(package: str | None, extra: str | None) -> None:
    """What belongs to no extra is nobody's to install."""
    assert find_extra(package) == extra


def test_what_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extra that is there only in part counts as missing; a whole one does not."""
    monkeypatch.setitem(extras.EXTRAS, "web", ("json", "not_there_at_all"))

    with pytest.raises(StartupError, match=r"not_there_at_all is not.*pip install .*\[web\]"):
        require_extra("web")
    monkeypatch.setitem(extras.EXTRAS, "web", ("json",))
    require_extra("web")
