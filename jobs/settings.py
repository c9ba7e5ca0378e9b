"""Settings that producers and workers share, read once in an entry point and passed down."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AliasChoices, Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from .callback import AllowedHosts
from .errors import StartupError
from .files.object_store import StoreAddress, parse_store
from .files.stores import remember_store
from .places import QUEUES, default_cache_dir, default_data_dir, find_running
from .text.owners import check_owner

__all__ = ["QUEUES", "READING_KINDS", "QueueSettings", "default_cache_dir", "default_data_dir"]

READING_KINDS = (
    *("abbreviation", "address", "capitals", "cardinal", "code", "counter", "date", "electronic"),
    *("fraction", "identifier", "math", "measure", "money", "noise", "ordinal", "range", "ratio"),
    *("roman", "score", "sign", "telephone", "time", "version", "year"),
)
"""What the reading rules of all languages find; a language has rules for some of them."""


_SECRET_WORDS = ("URL", "PASSWORD", "TOKEN", "SECRET", "OUTPUT_STORE")
"""In the names of settings whose values no message shows."""


class _LocalStack(PydanticBaseSettingsSource):
    """Server and directories of a `ktts up` on this machine, for whoever names no server."""

    def __call__(self) -> dict[str, Any]:
        """Return them; nothing where none runs, or where a server is named."""
        if not {"redis_url", "KTTS_REDIS_URL", "REDIS_URL"}.isdisjoint(self.current_state):
            return {}
        claim = find_running(default_data_dir())
        if claim is None:
            return {}
        found = {"redis_url": claim.url, "output_dir": claim.output_dir, "work_dir": claim.work_dir}
        return {name: value for name, value in found.items() if value}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked: the fields come all at once."""
        raise NotImplementedError


class QueueSettings(BaseSettings):
    """What a producer needs: the server, the bounds, and where finished files are."""

    model_config = SettingsConfigDict(
        env_prefix="KTTS_",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    def __init__(self, **values: Any) -> None:
        """Read the environment; `values` come before it.

        Raises:
            StartupError: a setting has a value that it cannot have; the message names it.
        """
        try:
            super().__init__(**values)
        except ValidationError as exc:
            first = exc.errors()[0]
            name = ".".join(str(part) for part in first["loc"]).upper()
            variable = name if name.startswith(("KTTS_", "REDIS_", "USE_")) else f"KTTS_{name}"
            # What is secret in a setting is not told, whatever else is wrong with it.
            is_secret = any(word in variable for word in _SECRET_WORDS)
            given = "(not shown)" if is_secret else first["input"]
            raise StartupError(f"{variable}={given}: {first['msg'].lower()}") from exc

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: Any, **more: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Ask values and environment first, then look for a `ktts up` on this machine."""
        del sources
        return more["init_settings"], more["env_settings"], _LocalStack(settings_cls)

    redis_password_file: Path | None = None
    """File with the server's password, for an address that has none; empty means no password."""
    redis_url: str = Field(
        default="redis://localhost:6379/0",
        validate_default=True,
        validation_alias=AliasChoices("KTTS_REDIS_URL", "REDIS_URL"),
    )
    """Server of the queue: redis:// or unix://, sentinel://, with TLS rediss:// or sentinels://."""
    output_dir: Path = Field(default_factory=lambda: default_data_dir() / "output")
    """Finished files, as this process sees the shared volume."""
    output_store: str = ""
    """Object store of finished files, s3://bucket/prefix (docs/storage.md); empty: output_dir."""
    output_store_endpoint: str = ""
    """Address of a store that is not Amazon's, for example https://minio:9000."""
    output_store_public_url: str = ""
    """Address of the store in signed addresses, as those who fetch files reach it."""
    output_store_url_seconds: int = Field(default=604_800, gt=0, le=604_800)
    """How long a signed address is good; a week at most."""
    work_dir: Path = Field(default_factory=lambda: default_data_dir() / "work")
    """Journals and unfinished audio, on a POSIX directory that all workers share."""
    max_characters: int = Field(default=2_000_000, gt=0)
    """Longest text of one request, in characters."""
    max_queued_jobs: int = Field(default=100_000, gt=0)
    """Jobs that may wait; above it submitting raises QueueFull."""
    max_queued_characters: int = Field(default=500_000_000, gt=0)
    """Characters that may wait; above it submitting raises QueueFull."""
    owner: str = ""
    """Whose the work is that this process submits, where a request names nobody."""
    owner_max_queued_jobs: int = Field(default=0, ge=0)
    """Jobs of one owner that may wait; 0 is no bound."""
    owner_max_queued_characters: int = Field(default=0, ge=0)
    """Characters of one owner that may wait; 0 is no bound."""
    owner_max_running_jobs: int = Field(default=0, ge=0)
    """Jobs of one owner that workers speak at once; 0 is no bound."""
    metrics_owners: str = ""
    """Owners with a label of their own in metrics, by commas; the others are counted together."""
    result_ttl_seconds: int = Field(default=7 * 86_400, gt=0)
    """How long a finished job's record is kept; the file stays."""
    failure_ttl_seconds: int = Field(default=30 * 86_400, gt=0)
    """How long a failed or cancelled job's record is kept."""
    outbox_dir: Path | None = None
    """Where submits are also written to disk first, so that losing Redis loses no work."""
    reading_off: str = ""
    """Kinds of reading rules that do not act, for example roman,telephone (docs/reading.md)."""
    pause_scale: float = Field(default=1.0, ge=0.0, le=4.0, allow_inf_nan=False)
    """Factor on the pauses of requests that name none themselves (docs/markup.md)."""

    webhook_hosts: str = ""
    """Hosts that callback_url may name, by commas: names, *.domains, addresses, networks."""

    @field_validator("webhook_hosts")
    @classmethod
    def _names_hosts(cls, hosts: str) -> str:
        AllowedHosts(hosts)
        return hosts

    @field_validator("owner")
    @classmethod
    def _is_owner(cls, name: str) -> str:
        return check_owner(name) if name else name

    @field_validator("metrics_owners")
    @classmethod
    def _names_owners(cls, owners: str) -> str:
        return ",".join(check_owner(name.strip()) for name in owners.split(",") if name.strip())

    @field_validator("redis_password_file", "outbox_dir", mode="before")
    @classmethod
    def _is_unset_where_empty(cls, given: object) -> object:
        """Take what Compose makes of a variable that is not set for one that is not set."""
        return None if given == "" else given

    def model_post_init(self, _context: Any, /) -> None:
        """Note that the output directory is only the working place of a store, where it is."""
        remember_store(self.output_dir, self.store_address)

    @property
    def store_address(self) -> StoreAddress | None:
        """Where finished files are kept; None where that is the output directory.

        Raises:
            StartupError: the settings are no address of a store.
        """
        if not self.output_store:
            return None
        try:
            return parse_store(
                self.output_store,
                endpoint=self.output_store_endpoint,
                public_url=self.output_store_public_url,
                url_seconds=self.output_store_url_seconds,
            )
        except ValueError as exc:
            raise StartupError(f"KTTS_OUTPUT_STORE=(not shown): {exc}") from exc

    @field_validator("redis_url")
    @classmethod
    def _has_its_password(cls, url: str, info: ValidationInfo) -> str:
        file: Path | None = info.data.get("redis_password_file")
        return url if file is None else _add_password(url, file)

    @field_validator("reading_off")
    @classmethod
    def _names_known_kinds(cls, kinds: str) -> str:
        named = {kind.strip() for kind in kinds.split(",")} - {""}
        if unknown := sorted(named.difference(READING_KINDS)):
            raise StartupError(
                f"KTTS_READING_OFF: reading kind {unknown[0]!r} is unknown; "
                f"choose from {', '.join(READING_KINDS)}"
            )
        return ",".join(sorted(named))

    @property
    def owner_labels(self) -> tuple[str, ...]:
        """The owners of `metrics_owners`."""
        return tuple(filter(None, self.metrics_owners.split(",")))

    @property
    def kinds_off(self) -> frozenset[str]:
        """The kinds of `reading_off`."""
        return frozenset(filter(None, self.reading_off.split(",")))


class LogSettings(QueueSettings):
    """What programs that run for long need beside: how they log."""

    log_format: Literal["text", "json"] = "text"
    """Log lines for people or for machines."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least severe level that is logged; the text of a request appears only at DEBUG."""


def _add_password(url: str, file: Path) -> str:
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as exc:
        raise StartupError(f"KTTS_REDIS_PASSWORD_FILE={file}: cannot be read ({exc})") from exc
    parts = urlsplit(url)
    if not password or parts.password is not None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))
