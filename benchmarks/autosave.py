"""One answer saved while an intake is recorded, as the script of its page sends it, on both databases.

The answer to one red flag changes to and fro. Each reply holds the stored value, the summary with the red flags and
the provisional suggestion, the list of sections and the buttons for many lines at once. One connection, 300 saves after
a warm-up: 95 in 100 are to be answered within 50 ms. The floor page of the same run says how fast the machine is.
"""

import html
import http.client
import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from statistics import median, quantiles
from urllib.parse import urlencode

from django.conf import settings

from benchmarks.figures import Figure
from benchmarks.pages import TOKEN, filled, on_both
from benchmarks.served.server import Request, fetch, medians, served

WITHIN = 50.0  # milliseconds, for 95 in 100
SAVES, WARM_UP = 300, 20
SECTION, QUESTION = "red_flags", "saddle_numbness"
ANSWERS = {True: "yes", False: "no"}


def shown(page: str) -> bool | None:
    """The answer that the page of the intake shows."""
    found = re.search(rf'name="shown_{SECTION}" value="([^"]*)"', page)
    return json.loads(html.unescape(found.group(1)))[QUESTION]


def save(path: str, cookie: str, *, before: bool | None, answer: bool) -> Request:
    """The request that saves this answer where the page showed `before`."""
    form = {
        "csrfmiddlewaretoken": TOKEN,
        f"shown_{SECTION}": json.dumps({QUESTION: before}),
        QUESTION: ANSWERS[answer],
    }
    return Request(f"{path}sections/{SECTION}/", f"{cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}", urlencode(form))


def milliseconds(port: int, path: str, cookie: str) -> list[float]:
    """How long each save took."""
    taken = []
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        Request(path, cookie).send(connection)
        first = shown(connection.getresponse().read().decode())
        answers = [first, *(number % 2 == int(bool(first)) for number in range(WARM_UP + SAVES))]
        for before, answer in pairwise(answers):
            request = save(path, cookie, before=before, answer=answer)
            began = time.perf_counter()
            fetch(connection, request)
            taken.append((time.perf_counter() - began) * 1000)
    return taken[WARM_UP:]


def measure_on(database: str, database_url: str) -> Iterator[Figure]:
    """Saving on one database."""
    given = filled(database_url)
    with served(database_url) as server:
        cookie = given["cookies"]["physiotherapist"]
        (floor,) = medians(server.port, Request("/floor/", cookie))
        taken = milliseconds(server.port, given["addresses"]["intake"], cookie)
    yield Figure(f"floor page, {database}", floor, "ms", None, "lower")
    yield Figure(f"an answer saved, median, {database}", median(taken), "ms", None, "lower")
    yield Figure(f"an answer saved, 95 in 100, {database}", quantiles(taken, n=20)[-1], "ms", WITHIN, "lower")


def measure(seed: int) -> Iterator[Figure]:
    """Saving on SQLite, and on PostgreSQL where it is installed."""
    yield from on_both(measure_on)
