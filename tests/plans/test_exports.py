"""Lists as spreadsheets: what is shown, never a formula, and written down as an export."""

import csv
import io

import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from patients.models import Patient
from practice.domain.sheets import as_csv, safe
from practice.models import AccessEvent, Staff
from tests.factories.intake import IntakeFactory
from tests.factories.plans import adopted, suggested
from tests.factories.practice import StaffFactory
from tests.plans.test_review import ASKED, LINE, OTHERWISE, handed_in

LISTS = [LINE, "/admin/plans/plan/", "/admin/plans/openintake/"]
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture
def manager(client: Client) -> Staff:
    staff = StaffFactory(roles=["manager"], language="en")
    client.force_login(staff)
    return staff


def lines(response: HttpResponse) -> list[list[str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content), delimiter=";"))


def sheet(response: HttpResponse) -> list[tuple[object, ...]]:
    return list(load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("formula", ["=HYPERLINK(A1)", "+1", "-1+2", "@SUM(1)", "\t=1", "\r=1"])
def test_a_name_is_never_run_as_a_formula(client: Client, manager: Staff, kind: str, formula: str) -> None:
    revision = handed_in()
    Patient.objects.filter(pk=revision.plan.patient.pk).update(family_name=formula)
    response = client.get(LINE, {"_export": kind})
    cells = [cell for row in (lines(response) if kind == "csv" else sheet(response)) for cell in row]
    assert not [cell for cell in cells if str(cell).startswith(STARTS_A_FORMULA)]
    if kind == "xlsx":
        book = load_workbook(io.BytesIO(response.content))
        assert "f" not in {cell.data_type for row in book.active.iter_rows() for cell in row}


@given(st.text())
def test_no_text_starts_a_formula(text: str) -> None:
    assert not str(safe(text)).lstrip().startswith(STARTS_A_FORMULA)
    (row,) = csv.reader(io.StringIO("".join(as_csv([[text, 3]])).removeprefix("\ufeff"), newline=""), delimiter=";")
    assert row == [safe(text), "3"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_is_taken_out_as_it_is_filtered_and_that_is_written_down(
    client: Client, manager: Staff, address: str, kind: str
) -> None:
    wanted = adopted(suggested(ASKED, author=StaffFactory(name="Tom Vos"))).author
    adopted(suggested(ASKED))
    for author in (wanted, StaffFactory()):
        IntakeFactory(author=author, started_at="2026-01-05T09:00:00Z")
    response = client.get(address, {"_export": kind, "author__id__exact": wanted.pk})
    assert "attachment" in response["Content-Disposition"]
    rows = lines(response) if kind == "csv" else sheet(response)
    assert len(rows) == 2
    assert "Tom Vos" in rows[1]
    event = AccessEvent.objects.get(event__endswith="_exported")
    assert (event.detail, event.purpose) == (f"{kind} 1 rows", "export")


@pytest.mark.django_db
def test_the_line_says_in_a_sheet_what_it_says_on_screen(client: Client, manager: Staff) -> None:
    handed_in(30, **OTHERWISE)
    head, row = lines(client.get(LINE, {"_export": "csv"}))
    said = dict(zip(head, row, strict=True))
    assert (said["waiting (hours)"], said["deviations"]) == ("30", "1")
    assert said["differs"] == "minutes per session (planning)"


@pytest.mark.django_db
@pytest.mark.parametrize("address", LISTS)
def test_who_may_not_see_a_list_does_not_get_it_as_a_sheet_either(client: Client, address: str) -> None:
    client.force_login(StaffFactory(roles=["administrator"]))
    assert client.get(address, {"_export": "csv"}).status_code == 403
