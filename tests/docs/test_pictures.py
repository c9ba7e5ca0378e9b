"""The pictures of README.md show what the commands draw."""

from __future__ import annotations

import pytest

from tests.docs.pictures import PICTURES, draw_pictures


@pytest.mark.parametrize(("name", "picture"), list(draw_pictures()))
def test_a_picture_is_what_the_command_draws(name: str, picture: str) -> None:
    """Run `python -m tests.docs.pictures` and look at them when this fails."""
    assert (PICTURES / name).read_text(encoding="utf-8") == picture
    assert len(picture) < 50_000
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
