"""The application: routes, errors, doors and the page."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from jobs.telemetry.spans import Tracer
from scripts.webapp.gateway import open_gateway
from scripts.webapp.guard.access import Door, TokenCheck
from scripts.webapp.guard.limits import BodyLimit, SafeHeaders
from scripts.webapp.guard.proxies import ForwardedHeaders
from scripts.webapp.guard.request_log import RequestLog, RequestMetrics
from scripts.webapp.routes import (
    audio_routes,
    book_routes,
    caption_routes,
    job_routes,
    openai_routes,
    page_routes,
    session_routes,
)
from scripts.webapp.schemas.openapi import DESCRIPTION
from scripts.webapp.schemas.problems import add_handlers
from scripts.webapp.web_settings import WebSettings

ROUTES = (
    job_routes,
    audio_routes,
    caption_routes,
    book_routes,
    openai_routes,
    session_routes,
    page_routes,
)


def create_app(
    settings: WebSettings,
    tokens: Collection[str],
    metrics: RequestMetrics | None = None,
    tracer: Tracer | None = None,
) -> FastAPI:
    """Build the application; Redis is not asked before the first request.

    Args:
        settings: Of the gateway.
        tokens: Whose bearers are let in, by `load_tokens`; without any only this machine is.
        metrics: Where requests are counted.
        tracer: Makes a span of each request, if there is one.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_gateway(settings) as gateway:
            app.state.gateway = gateway
            yield

    check, metrics = TokenCheck(tokens), metrics or RequestMetrics()
    app = FastAPI(
        title="Kokoro TTS Processor",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; the description itself is at /openapi.json.
        docs_url=None,
        redoc_url=None,
        middleware=_middleware(settings, check, metrics, tracer),
    )
    app.state.tokens = check
    app.state.metrics = metrics
    add_handlers(app)
    for routes in ROUTES:
        app.include_router(routes.router)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]  # FastAPI's own way
    return app


def _middleware(
    settings: WebSettings, tokens: TokenCheck, metrics: RequestMetrics, tracer: Tracer | None
) -> list[Middleware]:
    origins = tuple(name.strip() for name in settings.web_origins.split(",") if name.strip())
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
        expose_headers=[
            "Idempotency-Replayed",
            "Location",
            "Retry-After",
            "X-Job-Id",
            "X-Next-Cursor",
            "X-Speed",
            "X-Trace-Id",
        ],
    )
    return [
        Middleware(RequestLog, metrics=metrics, log_format=settings.web_request_log, tracer=tracer),
        Middleware(
            ForwardedHeaders, proxies=settings.web_trusted_proxies, root_path=settings.web_root_path
        ),
        Middleware(SafeHeaders),
        *([cors] if origins else []),
        Middleware(Door, tokens=tokens, origins=origins),
        Middleware(BodyLimit, settings=settings),
    ]


def _describe(app: FastAPI) -> dict[str, object]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes["token"] = {"type": "http", "scheme": "bearer"}
        schema["security"] = [{"token": []}, {}]
        app.openapi_schema = schema
    return app.openapi_schema
