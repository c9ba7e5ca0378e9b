"""Small things beside the jobs: is it alive, and the page's token as a cookie."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from jobs.queue.connection import queue_errors
from scripts.webapp.gateway import OpenGateway
from scripts.webapp.guard.access import TokenCheck, address_of, cookie_of, digest_of
from scripts.webapp.guard.sessions import (
    COOKIE,
    KEEP_SECONDS,
    close_session,
    find_session,
    open_session,
)
from scripts.webapp.schemas.job_documents import Document
from scripts.webapp.schemas.openapi import problems

router = APIRouter(tags=["server"])


class Health(Document):
    """The gateway answers, and so does its queue."""

    status: Literal["ok"] = "ok"


class Login(Document):
    """A token that the page was given."""

    token: Annotated[str, Field(min_length=1, examples=["the-servers-token"])]


class Session(Document):
    """Whether the page may go on."""

    needs_token: bool
    """This server has tokens."""
    is_open: bool
    """The page's cookie names a session that one of them opened, or none is needed."""


@router.get("/health", responses=problems(403, 503))
async def check_health(gateway: OpenGateway) -> Health:
    """Say that gateway and queue server answer; 503 where the server does not."""
    connection: Any = gateway.queue.connection
    with queue_errors():
        await connection.ping()
    return Health()


@router.get("/session", responses=problems(403, 503))
async def show_session(request: Request, gateway: OpenGateway) -> Session:
    """Say whether a page in this browser needs a token."""
    tokens: TokenCheck = request.app.state.tokens
    if not tokens:
        return Session(needs_token=False, is_open=True)
    digest = await find_session(gateway.queue.connection, cookie_of(request.headers))
    return Session(needs_token=True, is_open=bool(digest) and tokens.knows(digest))


@router.post("/session", status_code=204, responses=problems(401, 403, 413, 422, 429, 503))
async def begin_session(login: Login, request: Request, gateway: OpenGateway) -> Response:
    """Open a session by a token, in a cookie that scripts cannot read and others cannot send."""
    tokens: TokenCheck = request.app.state.tokens
    response = Response(status_code=204)
    if not tokens:
        return response
    if denial := tokens.judge(login.token, address_of(request.scope)):
        raise HTTPException(denial.status, denial.detail, denial.headers)
    chosen = gateway.settings.web_cookie_secure
    response.set_cookie(
        COOKIE,
        await open_session(gateway.queue.connection, digest_of(login.token)),
        max_age=KEEP_SECONDS,
        path=request.scope.get("root_path") or "/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https" if chosen is None else chosen,
    )
    return response


@router.delete("/session", status_code=204, responses=problems(403, 503))
async def end_session(request: Request, gateway: OpenGateway) -> Response:
    """Revoke the browser's session."""
    await close_session(gateway.queue.connection, cookie_of(request.headers))
    response = Response(status_code=204)
    path = request.scope.get("root_path") or "/"
    response.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")
    return response
