"""Roles in a file: voices and speeds by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import InputError, InvalidRequest, UnknownVoice
from jobs.text.roles import Role
from scripts.console.roles_file import parse_roles, read_roles

ROLES = """\
# who speaks
Lane = "bm_lewis"

["Lady Bracknell"]
voice = "bf_emma:3,bf_alice"
speed = 0.95
"""


def test_roles_are_read_from_toml_and_json(tmp_path: Path) -> None:
    """A role is a voice or a table; an object of JSON says the same."""
    path = tmp_path / "roles.toml"
    path.write_text(ROLES, encoding="utf-8")
    lady = Role(voice="bf_emma:0.75,bf_alice:0.25", speed=0.95)

    assert read_roles(path) == {"Lane": Role(voice="bm_lewis"), "Lady Bracknell": lady}
    document = (
        '{"Lane": "bm_lewis", "Lady Bracknell": {"voice": "bf_emma:3,bf_alice", "speed": 0.95}}'
    )
    assert parse_roles(document, "roles") == read_roles(path)


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        ("a = \n", InputError, "line 1"),
        ('[A]\nvoice = "af_sky"\n[B]\nvoice="af_sky"\n[A]\n', InputError, "line 5"),
        ('{"A": "af_sky",}', InputError, "line 1"),
        ('\nA = "af_sky"\na = "af_bella"\n', InputError, "line 3: role 'a' is there twice, as 'A'"),
        (
            '\n\n["A b"]\nvoice = "af_skie"\n',
            UnknownVoice,
            "line 3: role 'A b': voice 'af_skie' is",
        ),
        ('[A]\nvoice = "af_sky"\nspeed = 3\n', InvalidRequest, "line 1: role 'A': speed 3"),
        ('[A]\nvoice = "af_sky"\npitch = 3\n', InvalidRequest, "pitch 3"),
        ("[A]\nspeed = 1\n", InvalidRequest, "a role has voice and speed"),
        ("A = 3\n", InvalidRequest, "line 1: role 'A'"),
        ('default = "af_sky"\n', InvalidRequest, "choose another name"),
        ('"A]" = "af_sky"\n', InvalidRequest, "no brackets"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    document: str, error: type[Exception], message: str
) -> None:
    """Name of the file, line, role and fault, in one line."""
    with pytest.raises(error) as caught:
        parse_roles(document, "'roles.toml'")

    assert str(caught.value).startswith("'roles.toml'")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
