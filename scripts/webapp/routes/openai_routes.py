"""OpenAI's speech protocol, so that programs made for it speak through the queue unchanged."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from jobs.playback.encoders import MEDIA_TYPES
from scripts.webapp.gateway import OpenGateway
from scripts.webapp.json_route import JsonRoute
from scripts.webapp.routes.openai_speech import MODELS, SpeechBody, is_model, list_names, speak
from scripts.webapp.schemas.openapi import openai_problems

router = APIRouter(
    prefix="/v1",
    tags=["OpenAI's protocol"],
    responses=openai_problems(401, 403, 503),
    route_class=JsonRoute,
)

CREATED = 1_735_689_600
"""When the model is said to be made: January 2025, as Kokoro v1.0 was."""

_AUDIO = {
    "description": "The audio, from the first chunk on, or events that carry it",
    "content": {
        media_type: {"schema": {"type": "string", "format": "binary"}}
        for media_type in sorted(set(MEDIA_TYPES.values()))
    }
    | {"text/event-stream": {}},
}


@router.post(
    "/audio/speech",
    response_class=Response,
    responses=openai_problems(400, 404, 413, 429, 500) | {200: _AUDIO},
)
async def create_speech(body: SpeechBody, gateway: OpenGateway, request: Request) -> Response:
    """Speak a text while the client listens, on the queue's interactive lane.

    A client that goes away before the end cancels the job, unless somebody else wants it too.
    """
    return await speak(gateway, request, body)


@router.get("/models")
async def list_models() -> dict[str, Any]:
    """List the names that are answered to; all are Kokoro."""
    return {"object": "list", "data": [_describe_model(name) for name in MODELS]}


@router.get("/models/{model}", responses=openai_problems(404))
async def show_model(model: str) -> dict[str, Any]:
    """Show one of them."""
    if not is_model(model):
        raise HTTPException(404, f"model {model!r} does not exist here; use {', '.join(MODELS)}")
    return _describe_model(model)


@router.get("/audio/models")
async def list_audio_models() -> dict[str, Any]:
    """List the models as Open WebUI asks for them."""
    return {"models": [{"id": name, "name": name} for name in MODELS]}


@router.get("/audio/voices")
async def list_voices() -> dict[str, Any]:
    """List the voices: Kokoro's own, and the names of OpenAI's that stand for some of them."""
    return {"voices": [{"id": name, "name": name} for name in list_names()]}


def _describe_model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "kokoro"}
