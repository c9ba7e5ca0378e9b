"""Tokens and addresses, before anything listens."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import StartupError
from scripts.webapp.guard.access import TokenCheck, check_address, is_loopback, load_tokens
from scripts.webapp.web_settings import WebSettings


def test_tokens_come_from_setting_and_file(tmp_path: Path):
    """Spaces and empty lines are nothing; all that is named counts."""
    file = tmp_path / "tokens"
    file.write_text("third\n\n  fourth \n")

    settings = WebSettings(web_tokens=" first,, second ", web_tokens_file=file)

    assert tuple(load_tokens(settings)) == ("first", "second", "third", "fourth")
    assert load_tokens(WebSettings()) == {}


@pytest.mark.parametrize("token", ["schlüssel", "two words", "tab\there"])
def test_a_token_that_no_header_carries_is_refused(token: str):
    """It could never be sent; better now than at the first client. The token itself is not told."""
    with pytest.raises(StartupError, match="web token 2 has characters") as caught:
        load_tokens(WebSettings(web_tokens=f"good,{token}"))

    assert token not in str(caught.value)


def test_a_file_of_tokens_that_cannot_be_read_is_said(tmp_path: Path):
    """Starting without the tokens that were meant would lock everybody out, or in."""
    with pytest.raises(StartupError, match=r"KTTS_WEB_TOKENS_FILE=.*cannot be read"):
        load_tokens(WebSettings(web_tokens_file=tmp_path / "missing"))


def test_tokens_are_not_shown_with_the_settings():
    """A log of the settings gives nothing away."""
    assert "secret" not in repr(WebSettings(web_tokens="secret"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_token(host: str):
    """Only this machine reaches it."""
    check_address(host, ())
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "", "localhost."])
def test_any_other_address_needs_one(host: str):
    """Whatever is not surely loopback is refused without a token, and taken with one."""
    with pytest.raises(StartupError, match="set KTTS_WEB_TOKENS") as caught:
        check_address(host, ())

    assert caught.value.exit_code == 78
    check_address(host, ("token",))


def test_only_a_whole_token_is_accepted():
    """Neither a part of one nor one more letter, nor nothing."""
    check = TokenCheck(("abc", "xyz"))

    assert [check.accepts(token) for token in ("abc", "xyz", "ab", "abcd", "", "abc,xyz")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert check
    assert not TokenCheck(())
