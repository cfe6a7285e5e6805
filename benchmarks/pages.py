"""Pages as a person gets them: signed in, through the server of production, on both databases.

The floor page asks who it is, reads one row and fills a small template; each page is held against four times the floor
page that is sent in turn with it, but for a full week of the agenda, which has a limit of its own. The no-op shows what
the server and the middleware cost. One connection, the median of 200 requests. The letter is drawn anew each time. The
memory is that of the largest worker after all this.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings

from benchmarks.figures import Figure
from benchmarks.served.server import ROOT, Request, environment, medians, served
from tests import postgres
from tests.debian import postgresql_folder

TIMES_THE_FLOOR = 4


LETTER_WITHIN = 100.0  # milliseconds
AGENDA_WITHIN = 100.0
WORKER_WITHIN = 150.0  # MB
TOKEN = "benchmark" * 3 + "token"  # any text of this length, as cookie and in the form, passes as a token


@dataclass(frozen=True, slots=True)
class Page:
    """A page that people open often: what it is called, the name of its address, and the role that opens it.

    A page with a `search` gets that text, sent from its form.
    """

    name: str
    address: str
    role: str = "physiotherapist"
    search: str = ""
    within: float | None = None  # milliseconds, where it is not four times the floor page

    def request(self, cookies: Mapping[str, str], addresses: Mapping[str, str]) -> Request:
        cookie, path = cookies[self.role], addresses[self.address]
        if not self.search:
            return Request(path, cookie)
        form = {"q": self.search, "csrfmiddlewaretoken": TOKEN}
        return Request(path, f"{cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}", urlencode(form))


PAGES = (
    Page("today of the physiotherapist", "today"),
    Page("today of the front desk", "today", "front_desk"),
    Page("search by part of a name", "patient_search", search="de"),
    Page("record of a patient", "patient"),
    Page("intake under way", "intake"),
    Page("suggestion", "suggestions"),
    Page("plan", "plan"),
    Page("agenda of a week with 500 visits", "agenda", "front_desk", within=AGENDA_WITHIN),
)


@contextmanager
def sqlite() -> Iterator[str]:
    """The address of a new SQLite database."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'pages.sqlite3'}"


def filled(database_url: str, weeks: int = 1) -> dict[str, dict[str, str]]:
    """Fill the database, so many weeks of the agenda too; gives the cookies of each role, and addresses of pages."""
    command = [sys.executable, "-m", "benchmarks.served", "--weeks", str(weeks)]
    done = subprocess.run(command, env=environment(database_url), cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def measure_on(database: str, database_url: str) -> Iterator[Figure]:
    """The pages on one database."""
    given = filled(database_url)
    cookies, addresses = given["cookies"], given["addresses"]
    with served(database_url) as server:
        floor_page = Request("/floor/", cookies["physiotherapist"])
        noop, floor = medians(server.port, Request("/noop/"), floor_page)
        yield Figure(f"no-op, {database}", noop, "ms", None, "lower")
        yield Figure(f"floor page, {database}", floor, "ms", None, "lower")
        for page in PAGES:
            value, floor = medians(server.port, page.request(cookies, addresses), floor_page)
            yield Figure(f"{page.name}, {database}", value, "ms", page.within or TIMES_THE_FLOOR * floor, "lower")
        letter = Page("letter", "letter_pdf").request(cookies, addresses)
        (value,) = medians(server.port, letter, rounds=50)
        yield Figure(f"letter as PDF, warm, {database}", value, "ms", LETTER_WITHIN, "lower")
        yield Figure(f"memory of a worker, {database}", server.worker_memory(), "MB", WORKER_WITHIN, "lower")


def measure(seed: int) -> Iterator[Figure]:
    """The pages on SQLite, and on PostgreSQL where it is installed."""
    yield from on_both(measure_on)


def on_both(measure_on: Callable[[str, str], Iterator[Figure]]) -> Iterator[Figure]:
    """What is measured on a new database, by its name and address: SQLite, and PostgreSQL where it is installed."""
    with sqlite() as url:
        yield from measure_on("SQLite", url)
    if postgresql_folder():
        with postgres.server() as url:
            yield from measure_on("PostgreSQL", url)
