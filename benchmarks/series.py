"""The sessions of a plan proposed as the desk asks for it: the button pressed, and the proposal page it leads to.

The demo practice with ten full weeks of 500 visits each, twelve more people and 500 more patients, and the plan of
which most sessions lack a place. Each time the proposal that is held is let go, a new one is made, held and shown with
its reasons and alternatives. One connection, 60 times after a warm-up, on both databases: 95 in 100 of the pages are to
be there within 300 ms, and so are the button and its page together, which is more than what is asked of the page. The
floor page of the same run says how fast the machine is.
"""

import http.client
import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median, quantiles
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings

from benchmarks.figures import Figure
from benchmarks.pages import TOKEN, filled, on_both
from benchmarks.served.server import Request, fetch, medians, served

WITHIN = 300.0  # milliseconds, for 95 in 100
WEEKS, TIMES, WARM_UP = 10, 60, 5


def propose(connection: http.client.HTTPConnection, path: str, cookie: str) -> None:
    """Ask for a new proposal; raises if the answer is not that it was made."""
    body = urlencode({"csrfmiddlewaretoken": TOKEN, "request_key": str(uuid4())})
    Request(path, f"{cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}", body).send(connection)
    response = connection.getresponse()
    response.read()
    if response.status != http.HTTPStatus.FOUND:
        raise RuntimeError(f"{path} answered {response.status}")


class Taken(NamedTuple):
    """How long a proposal took, in milliseconds: its page, and with the button that was pressed for it."""

    page: float
    together: float


def milliseconds(port: int, path: str, cookie: str) -> list[Taken]:
    """How long each of many proposals took."""
    taken = []
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        for _ in range(WARM_UP + TIMES):
            began = time.perf_counter()
            propose(connection, path, cookie)
            proposed = time.perf_counter()
            fetch(connection, Request(path, cookie))
            shown = time.perf_counter()
            taken.append(Taken((shown - proposed) * 1000, (shown - began) * 1000))
    return taken[WARM_UP:]


def measure_on(database: str, database_url: str) -> Iterator[Figure]:
    """Proposals on one database."""
    given = filled(database_url, WEEKS)
    cookie, path = given["cookies"]["front_desk"], given["addresses"]["series"]
    with served(database_url) as server:
        (floor,) = medians(server.port, Request("/floor/", cookie), rounds=50)
        taken = milliseconds(server.port, path, cookie)
    yield Figure(f"floor page, {database}", floor, "ms", None, "lower")
    yield from _figures(f"the proposal page, {database}", [one.page for one in taken])
    yield from _figures(f"a series proposed and shown, {database}", [one.together for one in taken])


def _figures(name: str, taken: list[float]) -> Iterator[Figure]:
    yield Figure(f"{name}, median", median(taken), "ms", None, "lower")
    yield Figure(f"{name}, 95 in 100", quantiles(taken, n=20)[-1], "ms", WITHIN, "lower")


def measure(seed: int) -> Iterator[Figure]:
    """Proposals on SQLite, and on PostgreSQL where it is installed."""
    yield from on_both(measure_on)
