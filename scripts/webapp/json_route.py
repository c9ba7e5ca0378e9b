"""A route whose JSON body is parsed in a thread: a large one keeps nobody else waiting."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from anyio.to_thread import run_sync
from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute


class JsonRoute(APIRoute):
    """FastAPI's route, but for where it parses."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the function that answers a request."""
        handle = super().get_route_handler()

        async def handle_in_thread(request: Request) -> Response:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            is_json = kind == "application/json" or kind.endswith("+json")
            if kind and not is_json and self.body_field is not None:
                raise HTTPException(415, f"the body must be application/json, not {kind}")
            return await handle(_JsonRequest(request.scope, request.receive))

        return handle_in_thread


class _JsonRequest(Request):
    async def json(self) -> Any:
        return await run_sync(_parse, await self.body())


def _parse(body: bytes) -> Any:
    found = json.loads(body)
    # Half of a surrogate pair is no character: it could be neither kept nor sent back.
    if b"\\ud" in body.lower():
        json.dumps(found, ensure_ascii=False).encode()
    return found
