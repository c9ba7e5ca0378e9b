"""Small things beside the jobs: is it alive, and the page's token as a cookie."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from jobs.queue.connection import queue_errors
from scripts.webapp.gateway import OpenGateway
from scripts.webapp.guard.access import COOKIE, TokenCheck
from scripts.webapp.schemas.job_documents import Document
from scripts.webapp.schemas.openapi import problems

router = APIRouter(tags=["server"])

COOKIE_SECONDS = 30 * 86_400


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
    """The page's cookie holds one of them, or none is needed."""


@router.get("/health", responses=problems(403, 503))
async def check_health(gateway: OpenGateway) -> Health:
    """Say that gateway and queue server answer; 503 where the server does not."""
    connection: Any = gateway.queue.connection
    with queue_errors():
        await connection.ping()
    return Health()


@router.get("/session", responses=problems(403))
async def show_session(request: Request) -> Session:
    """Say whether a page in this browser needs a token."""
    tokens: TokenCheck = request.app.state.tokens
    given = request.cookies.get(COOKIE, "")
    return Session(needs_token=bool(tokens), is_open=not tokens or tokens.accepts(given))


@router.post("/session", status_code=204, responses=problems(401, 403, 413, 422))
async def open_session(login: Login, request: Request) -> Response:
    """Keep a token in a cookie that scripts cannot read and other sites cannot send."""
    tokens: TokenCheck = request.app.state.tokens
    if tokens and not tokens.accepts(login.token):
        raise HTTPException(401, "this token is not one of the server's")
    response = Response(status_code=204)
    if tokens:
        response.set_cookie(
            COOKIE,
            login.token,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
    return response


@router.delete("/session", status_code=204, responses=problems(403))
async def close_session() -> Response:
    """Forget the page's token."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response
