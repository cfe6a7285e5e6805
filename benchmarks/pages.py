"""Pages as a person gets them: signed in, through the server of production, on both databases.

The floor page asks who it is, reads one row and fills a small template; each page is held against four times that in
the same run. The no-op shows what the server and the middleware cost. One connection, the median of 200 requests.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.served.server import ROOT, environment, p50, served
from tests import postgres
from tests.debian import postgresql_folder

TIMES_THE_FLOOR = 4


@dataclass(frozen=True, slots=True)
class Page:
    """A page that people open often: its name, its address and the role that opens it."""

    name: str
    path: str
    role: str


PAGES = (
    Page("today of the physiotherapist", "/", "physiotherapist"),
    Page("today of the front desk", "/", "front_desk"),
)


@contextmanager
def sqlite() -> Iterator[str]:
    """The address of a new SQLite database."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'pages.sqlite3'}"


def sessions(database_url: str) -> dict[str, str]:
    """Fill the database; gives the session cookie of each role."""
    command = [sys.executable, "-m", "benchmarks.served.people"]
    filled = subprocess.run(command, env=environment(database_url), cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(filled.stdout)


def measure_on(database: str, database_url: str) -> Iterator[Figure]:
    """The pages on one database."""
    cookies = sessions(database_url)
    signed_in = {"Cookie": cookies["physiotherapist"]}
    with served(database_url) as port:
        yield Figure(f"no-op, {database}", p50(port, "/noop/", {}), "ms", None, "lower")
        floor = p50(port, "/floor/", signed_in)
        yield Figure(f"floor page, {database}", floor, "ms", None, "lower")
        for page in PAGES:
            value = p50(port, page.path, {"Cookie": cookies[page.role]})
            yield Figure(f"{page.name}, {database}", value, "ms", TIMES_THE_FLOOR * floor, "lower")


def measure(seed: int) -> Iterator[Figure]:
    """The pages on SQLite, and on PostgreSQL where it is installed."""
    with sqlite() as url:
        yield from measure_on("SQLite", url)
    if postgresql_folder():
        with postgres.server() as url:
            yield from measure_on("PostgreSQL", url)
