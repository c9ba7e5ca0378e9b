"""Settings of the web gateway, read once in its entry point and passed down."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from jobs.settings import LogSettings


class WebSettings(LogSettings):
    """What the gateway needs beside the queue: where it listens, and whom it lets in."""

    web_host: str = "127.0.0.1"
    """Address to listen on; anything but loopback needs a token."""
    web_port: int = Field(default=8880, ge=0, le=65_535)
    """Port to listen on; 0 takes a free one."""
    web_tokens: str = Field(default="", repr=False)
    """Bearer tokens that are let in, separated by commas."""
    web_tokens_file: Path | None = None
    """File with more of them, one on each line."""
    web_cookie_secure: bool | None = None
    """Whether the page's cookie is for HTTPS alone; unset: where the request came by HTTPS."""
    web_trusted_proxies: str = ""
    """Addresses and networks of proxies whose X-Forwarded headers are believed, by commas."""
    web_root_path: str = ""
    """Path that it stands under behind a proxy, for example /speech."""
    web_request_log: Literal["", "text", "json"] = ""
    """Write a line for each request to standard error: text or json."""
    web_origins: str = ""
    """Origins of other sites' pages that may call it (CORS), separated by commas."""
    web_store_redirect: bool = False
    """Send clients other than the page to signed addresses of KTTS_OUTPUT_STORE (307)."""
    web_max_body_bytes: int = Field(default=16 << 20, gt=0)
    """Largest JSON body; a larger one is refused with 413."""
    web_max_upload_bytes: int = Field(default=256 << 20, gt=0)
    """Largest book that may be uploaded."""
    web_connections: int = Field(default=1_500, gt=0)
    """Connections at once; more are refused with 503."""

    @field_validator("web_cookie_secure", mode="before")
    @classmethod
    def _is_unset_where_empty(cls, given: object) -> object:
        """Take what Compose makes of a variable that is not set for one that is not set."""
        return None if given == "" else given
