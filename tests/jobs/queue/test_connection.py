"""Addresses of servers: no part of a password is told, whatever sign is in it."""

from __future__ import annotations

import pytest

from jobs.errors import QueueUnavailable, StartupError
from jobs.queue.causes import public_address
from jobs.queue.connection import connect, open_async_connection, open_connection
from jobs.settings import QueueSettings
from scripts.diagnosis.state import inspect_server

SECRETS = ("hun/ter2", "hun@ter2", "hun#ter2", "hun?ter2", "hun:ter2", "h[n]ter2", "hun%ter2", "")


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "address",
    [
        *("redis://:{}@127.0.0.1:1/0", "rediss://hunuser:{}@127.0.0.1:1", "{}", "redis:{}@x"),
        *("redis://127.0.0.1:1/0?password={}", "unix://hunuser:{}@/run/no.sock"),
        *("http://:{}@127.0.0.1:1", "unix:///no.sock?password={}"),
    ],
)
def test_no_part_of_a_password_is_told(secret: str, address: str):
    """Neither by the address as it is shown, nor by what fails with it."""
    url = address.format(secret)
    told = [public_address(url), inspect_server(url).url, inspect_server(url).detail]
    for attempt in (open_connection, open_async_connection, lambda url: connect(url, attempts=0)):
        try:
            attempt(url)
        except QueueUnavailable as exc:
            told.append(str(exc))

    assert [text for text in told if "hun" in text or "ter2" in text] == []


def test_the_rest_of_an_address_is_told():
    """It is what somebody needs at night."""
    assert public_address("redis://me:x@host:6379/2?password=x") == "redis://host:6379/2"
    assert public_address("rediss://[::1]:6379/0") == "rediss://[::1]:6379/0"
    assert public_address("unix:///run/redis.sock?db=1") == "unix:///run/redis.sock"


def test_a_sentinel_is_named_by_any_kind_of_address():
    """One without a name is refused in one line, as every address that is none."""
    open_connection("sentinel://[::1]:26379/mymaster/0")
    open_async_connection("sentinels://:x@10.0.0.2,10.0.0.3:26380/mymaster")
    with pytest.raises(QueueUnavailable, match="no server address"):
        open_connection("sentinel:///mymaster/0")


def test_a_wrong_setting_tells_no_secret(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """Also where it is refused before anything is opened."""
    monkeypatch.setenv("KTTS_REDIS_PASSWORD_FILE", str(tmp_path / "none"))
    with pytest.raises(StartupError) as caught:
        QueueSettings(redis_url="redis://:hunter2@host")

    assert "hunter2" not in str(caught.value)
