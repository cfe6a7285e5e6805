"""Serve Traject on loopback with the server of production, and time a bounded number of requests."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = "benchmarks.served.settings"
START_LIMIT = 30.0  # seconds
WARM_UP = 20  # requests


def environment(database_url: str) -> dict[str, str]:
    """The environment of the served Traject: demo data, one database, the two pages of the bare stack."""
    own = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": SETTINGS, "DEMO": "1", "LOG_LEVEL": "ERROR"}
    return os.environ | own


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(port: int, server: subprocess.Popen) -> None:
    """Wait until the server answers; raises if it stops or takes too long."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and server.poll() is None:
        try:
            fetch(http.client.HTTPConnection("127.0.0.1", port), Request("/noop/"))
        except ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port, and the process that started its workers."""

    port: int
    process: int

    def worker_memory(self) -> float:
        """The resident memory of its largest worker, in MB."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()
        return max(resident(int(child)) for child in children)


def resident(process: int) -> float:
    """The resident memory of a process, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kilobytes) / 1024


@contextmanager
def served(database_url: str) -> Iterator[Server]:
    """Serve Traject with two workers of four threads."""
    port = free_port()
    options = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--no-ws", "--no-log"]
    command = [Path(sys.executable).parent / "granian", *options, "--port", str(port), "config.wsgi:application"]
    server = subprocess.Popen(command, env=environment(database_url), cwd=ROOT)
    try:
        wait_for(port, server)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=START_LIMIT)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the server; with a `body` it is sent as a form."""

    path: str
    cookie: str = ""
    body: str | None = None

    def send(self, connection: http.client.HTTPConnection) -> None:
        form = {} if self.body is None else {"Content-Type": "application/x-www-form-urlencoded"}
        headers = {"Host": "localhost", "Cookie": self.cookie, **form}
        connection.request("GET" if self.body is None else "POST", self.path, body=self.body, headers=headers)


def fetch(connection: http.client.HTTPConnection, request: Request) -> None:
    """One request; raises if the answer is not the page."""
    request.send(connection)
    response = connection.getresponse()
    response.read()
    if response.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{request.path} answered {response.status}")


def medians(port: int, *requests: Request, rounds: int = 200) -> list[float]:
    """The median in milliseconds of each request, after a warm-up.

    They are sent in turn over one connection, so that a machine that slows down does so for all of them.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port)
    taken: list[list[float]] = [[] for _ in requests]
    for _ in range(WARM_UP + rounds):
        for request, seconds in zip(requests, taken, strict=True):
            began = time.perf_counter()
            fetch(connection, request)
            seconds.append(time.perf_counter() - began)
    connection.close()
    return [median(seconds[WARM_UP:]) * 1000 for seconds in taken]
