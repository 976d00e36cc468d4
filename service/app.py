"""The application: the API, the token endpoint, the pages, and the two health checks, on one database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from typing import Final, cast

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from service import clock, migrations
from service.access import endpoint
from service.api import routes
from service.api.cursors import Cursors
from service.api.server import Server
from service.config import Settings
from service.db import Database
from service.edge import Edge
from service.errors import Unavailable
from service.fhir import concept_maps
from service.register import organisations
from service.web import pages, worklists

_READY_FOR: Final = 1.0


def create(settings: Settings, database: Database) -> FastAPI:
    """The application on an opened database, which whoever opened it closes."""
    concept_maps.translations()  # a map that cannot be read is told now, not at the first write
    server = Server(settings, database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.stands_on = _stands_on(database)
        async with server:
            yield

    # FastAPI would trace whole URLs by itself, and these may name a person. It would also send whoever leaves out a
    # slash to wherever the Host header says.
    app = _Guarded(
        title="Heartsease",
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # the FHIR routes describe themselves: service.api.openapi
    )
    app.state.cursors = Cursors(settings)
    app.state.edge = partial(Edge, settings=settings, server=server)
    app.router.routes.extend(routes.fhir(server))
    app.router.routes.append(
        Route("/oauth2/token", endpoint.token(database, settings, server.limits), methods=["POST"])
    )
    app.router.routes.append(Route("/", _welcome(settings)))
    app.router.routes.append(Route("/healthz", _healthz))
    app.router.routes.append(Route("/readyz", _readyz(server)))
    app.router.routes.extend(pages.routes(database, settings, server.limits))
    app.router.routes.extend(worklists.routes(database, settings, server.limits))
    return app


class _Guarded(FastAPI):
    """Inside the edge goes all of Starlette, the page that it makes of an error too."""

    def build_middleware_stack(self) -> ASGIApp:
        return cast(ASGIApp, self.state.edge(super().build_middleware_stack()))


def _stands_on(database: Database) -> date | None:
    """The day at which a demonstration area stands; None for a register that lives in the present."""
    with database.reading() as session:
        return organisations.stands_on(session)


def _welcome(settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    where = {
        "service": "Heartsease",
        "fhir": settings.fhir_url,
        "metadata": f"{settings.fhir_url}/metadata",
        "openapi": f"{settings.public_url}/openapi.json",
    }

    async def welcome(request: Request) -> Response:
        return JSONResponse(where)

    return welcome


async def _healthz(request: Request) -> Response:
    return JSONResponse({"status": "up"})


def _readyz(server: Server) -> Callable[[Request], Awaitable[Response]]:
    """That it is ready is believed for a second: whoever asks more often keeps no connection from its work."""
    ready_at = -_READY_FOR

    async def readyz(request: Request) -> Response:
        nonlocal ready_at
        is_ready = clock.elapsed() - ready_at < _READY_FOR
        if not is_ready:
            try:
                is_ready = await server.in_thread(migrations.is_current, server.database)
            except Unavailable:
                is_ready = False
            ready_at = clock.elapsed() if is_ready else -_READY_FOR
        return JSONResponse({"status": "ready" if is_ready else "not ready"}, 200 if is_ready else 503)

    return readyz
