"""A bulk export as a client makes it, with an eye on the memory of the server's process meanwhile."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scripts.benchmarks import processes
from scripts.benchmarks.processes import Process

_CHUNK_BYTES = 65_536


@dataclass
class Watched:
    """The most memory that a process had while this was open, in MB."""

    pid: int
    peak: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watched":
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self.peak = max(self.peak, processes.memory_mb(self.pid))


@dataclass
class Exporter:
    """A client of one server, whose answers it counts and lets go."""

    server: Process
    token: str

    def export(self, query: str = "") -> int:
        """How many resources an export brought, from kick-off to the last line."""
        url = self._asked(f"/fhir/R4/$export{query}", **{"Prefer": "respond-async"}).headers["Content-Location"]
        while (answer := self._asked(urlsplit(url).path)).status == 202:
            time.sleep(0.1)
        return sum(self._lines(each["url"]) for each in json.loads(answer.body)["output"])

    def _asked(self, path: str, **headers: str) -> "Answered":
        connection, response = self._begun(path, headers)
        answered = Answered(response.status, response.headers, response.read())
        connection.close()
        if answered.status not in (200, 202):
            raise RuntimeError(f"The export was not answered: {answered.status}")
        return answered

    def _lines(self, url: str) -> int:
        connection, response = self._begun(urlsplit(url).path, {})
        count = 0
        while part := response.read(_CHUNK_BYTES):
            count += part.count(b"\n")
        connection.close()
        return count

    def _begun(self, path: str, headers: dict[str, str]) -> tuple[http.client.HTTPConnection, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}", **headers})
        return connection, connection.getresponse()


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
