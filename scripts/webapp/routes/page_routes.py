"""The page: plain files, read once, which a browser asks for again only when they have changed."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

PAGE_DIR = Path(__file__).parents[1] / "page"

INDEX = "index.html"

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""What the page is made of; nothing else is served."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of the page."""

    content: bytes
    media_type: str
    etag: str
    """Names the content, so that an unchanged file is not sent again."""


@cache
def read_page() -> dict[str, PageFile]:
    """Return the page's files by name; they are part of the package and do not change."""
    return {path.name: _read(path) for path in PAGE_DIR.iterdir() if path.suffix in MEDIA_TYPES}


@router.api_route("/", methods=["GET", "HEAD"])
async def show_page(request: Request) -> Response:
    """Show the page; it loads without a token and asks for one where it needs one."""
    return _answer(request, INDEX)


@router.api_route("/page/{name}", methods=["GET", "HEAD"])
async def show_file(name: str, request: Request) -> Response:
    """Return a style sheet, a module or a picture of the page."""
    return _answer(request, name)


def _answer(request: Request, name: str) -> Response:
    file = read_page().get(name)
    if file is None:
        raise HTTPException(404, f"the page has no file {name!r}")
    # Asked each time whether it is still the same: the modules of two versions do not mix.
    headers = {"ETag": file.etag, "Cache-Control": "no-cache"}
    known = request.headers.get("if-none-match", "")
    if file.etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(file.content, headers=headers, media_type=file.media_type)


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:32]
    return PageFile(content, MEDIA_TYPES[path.suffix], f'"{digest}"')
