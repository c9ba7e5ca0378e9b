"""Packages that not every machine needs, by the extra that brings them."""

import importlib.util

from jobs.errors import StartupError
from jobs.places import install_command

EXTRAS = {
    "worker": ("av", "kokoro", "misaki", "numpy", "prometheus_client", "psutil", "torch"),
    "convert": ("onnx",),
    "books": (
        "charset_normalizer",
        "lxml",
        "markdown_it",
        "pypdfium2",
        "roman_numerals",
        "tomlkit",
    ),
    "otel": ("opentelemetry.sdk", "opentelemetry.exporter"),
    "web": ("av", "fastapi", "python_multipart", "starlette", "uvicorn"),
}


def find_extra(package: str | None) -> str | None:
    """Return the extra that brings `package`; None for what belongs to no extra."""
    return next((extra for extra, names in EXTRAS.items() if package in names), None)


def explain_missing(package: str | None, extra: str) -> str:
    """Say what is missing and how to get it."""
    return f"{package} is not installed; {install_command(extra)}"


def require_extra(extra: str) -> None:
    """Raise `StartupError` unless every package of `extra` is installed; imports none."""
    for package in EXTRAS[extra]:
        if importlib.util.find_spec(package) is None:
            raise StartupError(explain_missing(package, extra))
