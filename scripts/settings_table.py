"""The table of docs/settings.md, made from the classes: ``python -m scripts.settings_table``."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from jobs.settings import QueueSettings, default_cache_dir, default_data_dir
from scripts.webapp.web_settings import WebSettings
from worker.settings import WorkerSettings


def write_table() -> str:
    """Return a Markdown table of every variable, who reads it, its default and its meaning."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "| variable | read by | default | meaning |"
    yield "|---|---|---|---|"
    fields = WorkerSettings.model_fields | WebSettings.model_fields
    for name, field in fields.items():
        reader = "all" if name in QueueSettings.model_fields else _reader(name)
        variables = " or ".join(f"`{variable}`" for variable in _variables(name, field))
        yield f"| {variables} | {reader} | {_default(field)} | {field.description} |"


def _reader(name: str) -> str:
    readers = {"workers": WorkerSettings.model_fields, "web": WebSettings.model_fields}
    return ", ".join(who for who, fields in readers.items() if name in fields)


def _variables(name: str, field: FieldInfo) -> list[str]:
    if isinstance(field.validation_alias, AliasChoices):
        return [str(choice) for choice in field.validation_alias.choices if str(choice).isupper()]
    return [f"KTTS_{name.upper()}"]


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value in {None, ""}:
        return "unset"
    if isinstance(value, Path):
        for root, shown in (
            (default_data_dir(), "~/.local/share/ktts"),
            (default_cache_dir(), "~/.cache/ktts"),
        ):
            if value.is_relative_to(root):
                return f"`{shown}/{value.relative_to(root)}`"
    return f"`{value}`"


if __name__ == "__main__":
    print(write_table(), end="")
