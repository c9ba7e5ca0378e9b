"""The description of the API, with what every route may answer."""

from http import HTTPStatus
from typing import Any

from scripts.webapp.schemas.job_documents import Problem
from scripts.webapp.schemas.problems import PROBLEM

DESCRIPTION = """\
Text in, audio out, through a queue that loses nothing. `POST /v1/jobs` takes a text,
`/v1/jobs/{id}/events` says how far it is, `/v1/jobs/{id}/audio` plays it from the first chunk on.
`/v1/audio/speech` speaks OpenAI's protocol.

Where the server has tokens, send `Authorization: Bearer TOKEN`.
"""

Responses = dict[int | str, dict[str, Any]]

_MEANINGS = {
    400: "The request is wrong",
    401: "The token is missing or wrong",
    403: "Not from there",
    404: "There is no such thing",
    409: "Its state does not allow this",
    413: "The body is too large",
    422: "The request is wrong; `field` names the part",
    429: "The queue is full; Retry-After says when to come again",
    500: "The job failed",
    503: "No queue server or no worker; Retry-After says when to come again",
}


def problems(*statuses: int) -> Responses:
    """Describe answers in problem+json."""
    schema = Problem.model_json_schema()
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {PROBLEM: {"schema": schema}},
            **_headers(status),
        }
        for status in statuses
    }


def openai_problems(*statuses: int) -> Responses:
    """Describe answers in OpenAI's shape."""
    text = {"type": "string"}
    maybe = {"type": ["string", "null"]}
    schema = {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"message": text, "type": text, "param": maybe, "code": maybe},
                "required": ["message", "type", "param", "code"],
            }
        },
        "required": ["error"],
    }
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {"application/json": {"schema": schema}},
            **_headers(status),
        }
        for status in statuses
    }


def _headers(status: int) -> dict[str, Any]:
    if status not in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        return {}
    seconds = {"description": "Seconds to wait", "schema": {"type": "integer"}}
    return {"headers": {"Retry-After": seconds}}
