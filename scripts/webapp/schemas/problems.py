"""Errors as clients read them: problem+json (RFC 9457), or OpenAI's own shape on its routes."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from jobs.errors import (
    InputError,
    InvalidRequest,
    OutputExists,
    QueueFull,
    QueueUnavailable,
    SpeechError,
    StoreUnavailable,
    UnknownJob,
    find_error,
)


class UnknownModel(InvalidRequest):
    """A model's name that is not answered to."""

    field = "model"


class NoWorker(SpeechError):
    """Nobody is there who could speak; what waits for its audio cannot wait for ever."""


class NotNow(SpeechError):
    """The job's state does not allow this."""


class StreamBroken(SpeechError):
    """A job ended, or began anew, while its audio was being sent."""


log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"

_PASSING = frozenset({"NoWorker", "StreamBroken", "JobFailed"})
"""Errors that are none of the queue's own classes, and may be gone at the next try."""

RETRY_SECONDS = 5
"""When to come again where nothing better is known."""

_STATUS: dict[type[SpeechError], int] = {
    UnknownModel: 404,
    InvalidRequest: 422,
    InputError: 422,
    UnknownJob: 404,
    OutputExists: 409,
    NotNow: 409,
    QueueFull: 429,
    QueueUnavailable: 503,
    StoreUnavailable: 503,
    NoWorker: 503,
    StreamBroken: 503,
}

_OPENAI_TYPES = {
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}

_OPENAI_CODES = {
    "EmptyText": "empty_input",
    "InvalidRequest": "invalid_value",
    "PoisonedJob": "unspeakable_input",
    "TextTooLong": "string_above_max_length",
    "UnknownModel": "model_not_found",
    "UnknownVoice": "voice_not_found",
}
"""Name of our error to the code that clients compare."""

_OPENAI_FIELDS = {"text": "input", "format": "response_format"}
"""Our name of a field to OpenAI's."""


def path_of(scope: Scope) -> str:
    """Return a request's path below the one that the application stands under."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def is_openai(path: str) -> bool:
    """Say whether a path belongs to OpenAI's protocol, whose clients expect its errors."""
    return path.startswith(("/v1/audio/", "/v1/models"))


def refuse(
    scope: Scope,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    error: str = "",
    field: str = "",
) -> Response:
    """Return the answer to a request that is not carried out.

    Args:
        scope: Of the request; its path decides the shape.
        status: HTTP status.
        detail: What is wrong and what to do.
        headers: Beside the usual ones.
        error: Class of the error where it is one of ours.
        field: Part of the request that is wrong.
    """
    if is_openai(path_of(scope)):
        # OpenAI answers a wrong request with 400; its clients raise their own class for that.
        code = 400 if status == HTTPStatus.UNPROCESSABLE_ENTITY else status
        if error and not find_error(error).retryable and error not in _PASSING:
            headers = {**(headers or {}), "x-should-retry": "false"}
        document = openai_error(code, detail, error=error, field=_OPENAI_FIELDS.get(field, field))
        return JSONResponse(document, code, headers=headers)
    document = {
        "type": f"urn:ktts:{error}" if error else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if error:
        document["error"] = error
    if field:
        document["field"] = field
    return JSONResponse(document, status, headers=headers, media_type=PROBLEM)


def openai_error(status: int, detail: str, *, error: str = "", field: str = "") -> dict[str, Any]:
    """Return an error as OpenAI's clients read it."""
    server = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind, code = _OPENAI_TYPES.get(
        status, ("server_error" if server else "invalid_request_error", error or None)
    )
    code = _OPENAI_CODES.get(error, code)
    return {"error": {"message": detail, "type": kind, "param": field or None, "code": code}}


def status_of(exc: SpeechError) -> int:
    """Return the HTTP status that says what kind of error it is."""
    for kind in type(exc).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return 500


def add_handlers(app: FastAPI) -> None:
    """Let every error that a route raises be answered in the shape its clients read."""
    app.add_exception_handler(SpeechError, _answer_ours)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unexpected)


async def _answer_ours(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, SpeechError)  # noqa: S101  # this is what it is registered for
    status = status_of(exc)
    headers = {}
    if isinstance(exc, QueueFull):
        headers["Retry-After"] = str(await request.app.state.gateway.seconds_until_room())
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    field = exc.field if isinstance(exc, InvalidRequest) else ""
    return refuse(
        request.scope, status, str(exc), headers=headers, error=type(exc).__name__, field=field
    )


async def _answer_invalid(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, RequestValidationError)  # noqa: S101  # as above
    first = exc.errors()[0]
    place, *parts = first["loc"]
    is_json = first["type"] != "json_invalid"
    field = ".".join(str(part) for part in parts if is_json) or str(place)
    detail = f"{field}: {first['msg'].lower()}"
    return refuse(request.scope, 422, detail, error="InvalidRequest", field=field)


async def _answer_http(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)  # noqa: S101  # as above
    if exc.status_code == HTTPStatus.NO_CONTENT:
        return Response(status_code=exc.status_code)
    if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allow = ", ".join(sorted(_methods_at(request)))
        return refuse(request.scope, 405, f"here only {allow}", headers={"Allow": allow})
    # FastAPI's word for a body that is no UTF-8, no JSON or no form; the other ways to be wrong
    # are 422 as well.
    status = 422 if exc.status_code == HTTPStatus.BAD_REQUEST else exc.status_code
    return refuse(request.scope, status, str(exc.detail), headers=exc.headers)


def _methods_at(request: Request) -> set[str]:
    """Return the methods of all routes at a path; the router names those of the first alone."""
    found: set[str] = set()
    for method in ("DELETE", "GET", "HEAD", "POST"):
        scope = {**request.scope, "method": method}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            found.add(method)
    return found


async def _answer_unexpected(request: Request, exc: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=exc)
    return refuse(request.scope, 500, "this is a fault of the server; its log has the details")
