"""Settings of a worker, read once in its entry point and passed down."""

from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, field_validator

from jobs.errors import StartupError
from jobs.settings import QUEUES, LogSettings, default_cache_dir
from worker.webhook_signature import read_keys

KOKORO = "worker.speech.kokoro:load_engine"
"""The product's own engine."""


class WorkerSettings(LogSettings):
    """What a worker needs beside the queue: device, model, queues, limits."""

    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    """auto, cpu, mps, cuda or cuda:N; auto falls back to the CPU, a named one never does."""
    use_gpu: bool | None = Field(
        default=None, validation_alias=AliasChoices("use_gpu", "USE_GPU", "KTTS_USE_GPU")
    )
    """false means CPU; true or unset means the best usable device."""
    model_dir: Path = Field(default_factory=lambda: default_cache_dir() / "model")
    """Weights, voices and SOURCE.json, as `ktts fetch-model` leaves them."""
    queues: str = ",".join(QUEUES)
    """Queues to serve, most urgent first, separated by commas."""
    threads: int | None = Field(default=None, gt=0)
    """Threads for one model; unset means the cores this process may use."""
    precision: Literal["auto", "fp32", "bf16", "int8"] = "auto"
    """auto takes the fastest that the processor or card has and that a short trial confirms."""
    front_precision: Literal["int8", "fp32", "bf16"] = "int8"
    """Durations and pitch; fp32 is slower, the others move a duration by 25 ms here and there."""
    synthesizer: str = KOKORO
    """module:function that builds the speech engine; tests put a stand-in here."""
    stall_seconds: float = Field(default=300.0, gt=0)
    """Longest time without a finished chunk before the model process counts as hung."""
    refusal_pause_seconds: float = Field(default=0.0, ge=0)
    """Wait so long before ending for want of a model or device: Docker starts again at once."""
    recycle_jobs: int = Field(default=0, ge=0)
    """Replace the model process after this many jobs; 0 means never."""
    recycle_bytes: int = Field(default=6 << 30, gt=0)
    """Replace the model process when it holds more memory than this between two jobs."""
    partial_ttl_seconds: int = Field(default=7 * 86_400, gt=0)
    """How long the unfinished work of a job that nobody wants any more is kept."""
    part_ttl_seconds: int = Field(default=14 * 86_400, gt=0)
    """How long the spoken parts of books are kept for a book that uses them again."""
    metrics_listen: str | None = Field(default=None, pattern=r"^\S+:\d{1,5}$")
    """HOST:PORT where the janitor answers with metrics for Prometheus; unset means nowhere."""
    webhook_secret: str = Field(default="", repr=False)
    """Signs webhooks: whsec_ and 24 to 64 bytes in base64; two while a new one takes over."""

    @field_validator("queues")
    @classmethod
    def _names_known_queues(cls, queues: str) -> str:
        names = [name.strip() for name in queues.split(",")]
        unknown = [name for name in names if name not in QUEUES]
        if unknown:
            raise StartupError(f"queue {unknown[0]!r} is unknown; choose from {', '.join(QUEUES)}")
        return ",".join(names)

    @field_validator("webhook_secret")
    @classmethod
    def _has_keys(cls, secret: str) -> str:
        read_keys(secret)
        return secret

    def for_child(self) -> dict[str, Any]:
        """Return the settings as JSON for a child, which has no use for the password of Redis."""
        return self.model_dump(
            mode="json", exclude={"redis_url", "redis_password_file", "webhook_secret"}
        )

    @property
    def uses_kokoro(self) -> bool:
        """Whether the engine is the product's own, which needs the model directory."""
        return self.synthesizer == KOKORO

    @property
    def queue_names(self) -> tuple[str, ...]:
        """The queues as a tuple, most urgent first."""
        return tuple(self.queues.split(","))
