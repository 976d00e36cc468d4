"""The processes that are measured: starting them, and what Linux says of their processor time and memory."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A server on a port of 127.0.0.1, started with this environment besides our own; its log can be let go."""

    def __init__(
        self, command: Sequence[str], port: int, environment: dict[str, str], *, is_quiet: bool = False
    ) -> None:
        self.port = port
        log = subprocess.DEVNULL if is_quiet else None
        self._process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)
        self.pid = self._process.pid

    def wait(self, is_there: Callable[[int], bool], *, longest: float = 30.0) -> float:
        """Seconds until `is_there` says so of the port."""
        began = time.perf_counter()
        while time.perf_counter() - began < longest:
            if self._process.poll() is not None:
                raise RuntimeError("The server ended before it answered")
            if is_there(self.port):
                return time.perf_counter() - began
            time.sleep(0.01)
        raise RuntimeError(f"The server did not answer within {longest:.0f} seconds")

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def is_ready(port: int) -> bool:
    """Whether /readyz answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, of all that descend from it, and of those among them that have ended."""
    if not pid:
        return 0.0
    return sum(sum(int(field) for field in _stat(each)[13:17]) for each in _tree(pid)) / _TICKS


def parent(pid: int) -> int:
    return int(_stat(pid)[3])


def name(pid: int) -> str:
    return _stat(pid)[1]


def memory_mb(pid: int, field: str = "VmRSS") -> float:
    """Resident memory of one process: `VmRSS` all of it, `RssAnon` without files that are mapped into it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _tree(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            parents.setdefault(int(fields[3]), []).append(int(folder.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat; 17 zeroes for a process that has just ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 17
    before, _, after = text.rpartition(")")
    number, _, name = before.partition(" (")
    return [number, name, *after.split()]
