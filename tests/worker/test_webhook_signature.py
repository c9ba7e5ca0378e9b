"""Webhooks are signed as Standard Webhooks are, and the page tells a receiver how to check them."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

import pytest

from jobs.errors import StartupError
from tests.conftest import ROOT
from worker.settings import WorkerSettings
from worker.webhook_signature import read_keys, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_published_example_is_signed_as_published() -> None:
    """The values are those of the standard's own tests."""
    signature = sign(read_keys(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_page_checks_what_we_sign() -> None:
    """The program of docs/webhooks.md takes either of two secrets and nothing that was changed."""
    page = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python part\n(.*?)```", page, flags=re.DOTALL)
    program: dict[str, Any] = {}
    exec(code, program)
    verify = program["verify"]
    other = "whsec_" + base64.b64encode(b"k" * 32).decode()
    now = int(time.time())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(read_keys(f"{other} {SECRET}"), "msg_1", now, BODY),
    }
    verify(SECRET, headers, BODY)
    verify(other, headers, BODY)
    for wrong in ({"webhook-id": "msg_2"}, {"webhook-timestamp": str(now - 400)}):
        with pytest.raises(ValueError, match=r"the message|the signature"):
            verify(SECRET, headers | wrong, BODY)
    with pytest.raises(ValueError, match="the signature"):
        verify(SECRET, headers, BODY + b" ")


@pytest.mark.parametrize(
    "secret",
    [
        *("secret-word", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!", f"{SECRET} {SECRET} {SECRET}"),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
    ],
)
def test_what_is_no_secret_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    """The message says how to make one, and nothing of what was given."""
    monkeypatch.setenv("KTTS_WEBHOOK_SECRET", secret)
    with pytest.raises(StartupError, match="KTTS_WEBHOOK_SECRET") as caught:
        WorkerSettings()
    assert "secret-word" not in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)


def test_the_model_process_does_not_get_the_secret() -> None:
    """Neither in its settings nor in what is printed of them."""
    settings = WorkerSettings(webhook_secret=SECRET)
    assert SECRET not in str(settings.for_child())
    assert SECRET not in repr(settings)
