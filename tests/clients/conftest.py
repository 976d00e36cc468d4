"""The server as clients meet it: listening on a port, answering over HTTP, on both databases."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
import uvicorn

from service import app
from service.config import Settings
from service.db import Database
from tests.systems import connect


@dataclass(frozen=True)
class Served:
    """Where the API is, and the token of a system that may do everything."""

    base: str
    token: str


@pytest.fixture
def served(database: Database, tmp_path) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        many = dict.fromkeys(("open_requests_per_minute", "refusals_per_minute"), 1_000_000)
        settings = Settings(home=tmp_path / "home", port=listening.getsockname()[1], **many)
        with _running(app.create(settings, database), listening), httpx.Client(base_url=settings.public_url) as http:
            system = connect(http, database, "integration", token_url=settings.token_url)
            yield Served(settings.fhir_url, system.token)


@contextmanager
def _running(application, listening) -> Iterator[None]:
    """uvicorn beside the test, until the block ends."""
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        assert thread.is_alive(), "The server did not start"
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join()
