"""The practice's own list of DCSPH codes: loaded, asked for, and checked."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from intake import actions
from intake.forms import EVERYTHING, IntakePage
from intake.models import DiagnosisCode
from tests.factories.intake import IntakeFactory
from tests.intake.test_intakes import answered, fresh, saved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]


def listed(folder: Path, text: str) -> Path:
    file = folder / "codes.csv"
    file.write_text(text, encoding="utf-8")
    return file


def asks_for_a_code() -> bool:
    page = IntakePage(fresh(IntakeFactory()), opened=[EVERYTHING])
    return any("dcsph_code" in form.fields for form in page.forms)


def test_the_code_is_asked_only_where_the_practice_loaded_the_list(tmp_path: Path) -> None:
    assert not asks_for_a_code()
    call_command("load_dcsph", str(listed(tmp_path, "code;omschrijving\n9999;Voorbeeld\n")))
    assert asks_for_a_code()


def test_a_new_list_replaces_the_old_one_and_keeps_its_codes_readable(tmp_path: Path) -> None:
    call_command("load_dcsph", str(listed(tmp_path, "code,description\n9998,Oud\n9999,Voorbeeld\n")))
    call_command("load_dcsph", str(listed(tmp_path, "code,description\n9999,Nieuwe naam\n")))
    assert list(DiagnosisCode.objects.current().values_list("code", "description")) == [("9999", "Nieuwe naam")]
    assert DiagnosisCode.objects.filter(code="9998", is_current=False).exists()


def test_a_code_that_is_not_on_the_list_stands_in_the_way_of_completing(tmp_path: Path) -> None:
    call_command("load_dcsph", str(listed(tmp_path, "code,description\n9999,Voorbeeld\n")))
    intake = IntakeFactory()
    answered(intake)
    saved(intake, "conclusion", {"dcsph_code": "1234"})
    with pytest.raises(actions.Incomplete) as refused:
        actions.check_complete(fresh(intake))
    assert [problem.path for problem in refused.value.problems] == ["answers.dcsph_code"]
    saved(intake, "conclusion", {"dcsph_code": "9999"})
    actions.check_complete(fresh(intake))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nummer,naam\n1,2\n", "has no column named code"),
        ("code,description\n9999,\n", "line 2 lacks a code or a description"),
        ("code,description\n", "no codes"),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("load_dcsph", str(listed(tmp_path, text)))
    assert not DiagnosisCode.objects.exists()
