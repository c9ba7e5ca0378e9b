"""Which addresses may be told is the operator's word alone, however a URL is written."""

from __future__ import annotations

import ipaddress

import pytest

from jobs.callback import AllowedHosts, write_callback
from jobs.errors import InvalidRequest, StartupError

ODD = [
    *("", "x", "//hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd"),
    *("http://", "http:///x", "http://:80/", "http://hooks.example.com:0/"),
    *("http://hooks.example.com:99999/", "http://hooks.example.com:8x/", "http://a..b/"),
    *(
        "http://user@hooks.example.com/",
        "http://u:p@hooks.example.com/",
        "http://@hooks.example.com/",
    ),
    *(
        "http://hooks.example.com/\r\nX: y",
        "http://hooks.example.com/\n",
        "http://hooks.example.com/ x",
    ),
    *(
        "http://hooks.example.com\\@evil.example/",
        "http://hooks.example.com/#part",
        "http://ho\x00st/",
    ),
    *(
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://127.1/",
        "http://0/",
    ),
    *(
        "http://0x7f000001/",
        "http://127.0.0.1.1/",
        "http://1.2.3/",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
    ),
    *("http://[127.0.0.1]/", "http://ⓔxample.com/", "http://exa%6dple.com/", "http://-a.example/"),
    "http://hooks.example.com/" + "x" * 2_000,
]


@pytest.mark.parametrize("url", ODD)
def test_a_url_that_is_not_plain_is_refused(url: str) -> None:
    """Even where every host is allowed."""
    with pytest.raises(InvalidRequest, match="callback_url"):
        AllowedHosts("*,0.0.0.0/0,::/0").check(url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/", "http://169.254.169.254/"),
        *("http://0.0.0.0/", "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/"),
        *(
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://224.0.0.1/",
            "http://[64:ff9b:1::7f00:1]/",
        ),
        *(
            "http://[2002:7f00:1::]/",
            "http://[::127.0.0.1]/",
            "http://100.64.0.1/",
            "http://255.255.255.255/",
        ),
    ],
)
def test_an_address_that_is_not_public_has_to_be_named_itself(url: str) -> None:
    """No wildcard stands for it; a name is judged again when it is looked up."""
    with pytest.raises(InvalidRequest, match="no public address"):
        AllowedHosts("*").check(url)


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("hooks.example.com", "https://hooks.example.com/x?y=1"),
        ("hooks.example.com", "https://HOOKS.example.com.:8443/"),
        ("Hooks.Example.com.", "https://hooks.example.com/"),
        ("hooks.example.com:8443", "https://hooks.example.com:8443/"),
        ("hooks.example.com:443", "https://hooks.example.com/"),
        ("a, *.example.com", "http://deep.hooks.example.com/"),
        ("*", "http://93.184.216.34/"),
        ("127.0.0.1", "http://127.0.0.1:9000/"),
        ("127.0.0.1:9000", "http://127.0.0.1:9000/"),
        ("[::1]:9000", "http://[::1]:9000/"),
        ("::1", "http://[::1]/"),
        ("10.1.0.0/16", "http://10.1.2.3/"),
        ("localhost", "http://localhost:9000/"),
    ],
)
def test_what_is_named_is_allowed(hosts: str, url: str) -> None:
    """Names, wildcards, addresses and networks, with a port or without."""
    assert AllowedHosts(hosts).check(url)


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("hooks.example.com", "http://hooks.example.com.evil.example/"),
        ("hooks.example.com", "http://evil.example/hooks.example.com"),
        ("*.example.com", "http://example.com/"),
        ("*.example.com", "http://evilexample.com/"),
        ("hooks.example.com:443", "http://hooks.example.com/"),
        ("hooks.example.com:443", "https://hooks.example.com:444/"),
        ("127.0.0.1:9000", "http://127.0.0.1:9001/"),
        ("10.1.0.0/16", "http://10.2.0.1/"),
        ("localhost", "http://127.0.0.1/"),
        ("127.0.0.1", "http://localhost/"),
        ("hooks.example.com", "http://localhost/"),
    ],
)
def test_what_is_not_named_is_refused(hosts: str, url: str) -> None:
    """The message names the setting."""
    with pytest.raises(InvalidRequest, match="is not in KTTS_WEBHOOK_HOSTS"):
        AllowedHosts(hosts).check(url)


def test_where_nothing_is_named_everything_is_refused() -> None:
    """And the message says what the operator would have to set."""
    with pytest.raises(InvalidRequest, match="KTTS_WEBHOOK_HOSTS") as caught:
        AllowedHosts(" , ").check("https://hooks.example.com/")
    assert caught.value.field == "callback_url"


def test_a_name_may_stand_for_private_addresses_that_are_named_too() -> None:
    """And for no others, whatever form they have."""
    allowed = AllowedHosts("hooks.internal,10.1.0.0/16")
    receiver = allowed.check("http://hooks.internal/")
    answers = {"10.1.2.3": True, "::ffff:10.1.2.3": True, "93.184.216.34": True, "127.0.0.1": False}
    answers |= {"10.2.0.1": False, "::ffff:10.2.0.1": False, "fd00::1": False}
    assert {one: allowed.allows(receiver, ipaddress.ip_address(one)) for one in answers} == answers


@pytest.mark.parametrize(
    "hosts", ["http://x/", "a b", "10.0.0.0/99", "x:y", "*x", "a*.example.com"]
)
def test_an_entry_that_is_none_is_refused(hosts: str) -> None:
    """At the start, not when somebody wants to be told."""
    with pytest.raises(StartupError, match="KTTS_WEBHOOK_HOSTS"):
        AllowedHosts(hosts)


def test_equal_wishes_are_equal_lines() -> None:
    """Whatever the order of labels, and whichever trace the request came with; always one line."""
    lines = {
        write_callback("http://x/", {"a": "1\n2", "b": "\ud800"}),
        write_callback("http://x/", {"b": "\ud800", "a": "1\n2", "traceparent": "00-1"}),
    }
    assert len(lines) == 1
    assert "\n" not in lines.pop()
