"""What spans and metrics over OTLP share: whether they are sent, by which process, how they end.

Off, and imported by nothing here, unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set. Threads of the SDK
and of ours send everything: a collector that is away costs telemetry, and no job waits for it.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from ..places import install_command
from .build_info import read_version

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

FLUSH_SECONDS = 1.5
"""Longest wait at the end of a process for what was not sent yet, for spans and for metrics."""

log = logging.getLogger(__name__)


def is_wanted(signal: str) -> bool:
    """Say whether this signal, TRACES or METRICS, is to be sent, and warn where it cannot be."""
    if not os.environ.get(ENDPOINT) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if os.environ.get(f"OTEL_{signal}_EXPORTER", "otlp") != "otlp":
        return False
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    if protocol != "http/protobuf":
        log.warning("OTLP goes over http/protobuf; OTEL_EXPORTER_OTLP_PROTOCOL=%s: off", protocol)
        return False
    return True


def try_making(make: Callable[[], Any]) -> Any:
    """Return what `make` returns; None without OpenTelemetry or with a wrong setting of its."""
    try:
        return make()
    except ModuleNotFoundError as exc:
        advice = install_command("otel")
        log.warning("%s is set, but %s is not installed; %s", ENDPOINT, exc.name, advice)
        return None
    except Exception as exc:  # noqa: BLE001 - whatever the SDK thinks of its settings, jobs go on
        log.warning("no telemetry is sent: %s: %s", type(exc).__name__, exc)
        return None


def describe_process(service: str) -> Any:
    """Return the resource of this process; what OTEL_RESOURCE_ATTRIBUTES says comes first."""
    from opentelemetry.sdk.resources import Resource

    ours = {
        "service.name": service,
        "service.version": read_version(),
        "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
    }
    given = Resource.create()
    said = {key: value for key, value in given.attributes.items() if key in ours}
    if str(said.get("service.name", "")).startswith("unknown_service"):
        del said["service.name"]
    return given.merge(Resource({**ours, **said}))


def run_bounded(step: Callable[[], object]) -> None:
    """Run `step`, which may wait for the network, and go on after `FLUSH_SECONDS` all the same."""
    thread = threading.Thread(target=step, name="flush-telemetry", daemon=True)
    thread.start()
    thread.join(FLUSH_SECONDS)
