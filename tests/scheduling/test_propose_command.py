"""The command that proposes a series: documents in, documents out, clear refusals."""

import json
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from scheduling.domain.document import SCHEMA

DAY = {"start": "2026-11-23T08:00", "end": "2026-11-23T17:00"}
INSTANCE: dict[str, Any] = {
    "minimum_days": 2,
    "practitioners": [{"code": "sanne", "name": "Sanne", "competences": ["taping"], "free": [DAY]}],
    "rooms": [{"code": "r1", "kind": "treatment", "free": [DAY]}],
    "needs": [
        {
            "number": 1,
            "minutes": 30,
            "earliest": "2026-11-23",
            "latest": "2026-11-27",
            "competences": ["taping"],
            "room_kind": "treatment",
        }
    ],
    "preferences": {"day_parts": ["afternoon"]},
}


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was complained about."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("propose", *arguments, stdout=out, stderr=err)
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def written(folder: Path, given: Any, name: str = "one.json") -> str:
    path = folder / name
    path.write_text(given if isinstance(given, str) else json.dumps(given), encoding="utf-8")
    return str(path)


def test_an_instance_becomes_a_proposal_with_its_costs(tmp_path: Path) -> None:
    code, out, _err = run(written(tmp_path, INSTANCE))
    proposal = json.loads(out)
    assert code == 0
    assert proposal["rows"][0]["placement"]["start"] == "2026-11-23T12:00"
    assert proposal["rows"][0]["placement"]["room"] == "r1"
    assert (proposal["cost"], proposal["proven"], proposal["complete"]) == (0, True, True)
    assert set(proposal["costs"]) == set(SCHEMA["properties"]["weights"]["properties"])


def test_a_session_without_a_place_says_why(tmp_path: Path) -> None:
    given = deepcopy(INSTANCE)
    given["practitioners"][0]["competences"] = []
    code, out, _err = run(written(tmp_path, given))
    row = json.loads(out)["rows"][0]
    assert code == 0
    assert (row["state"], row["placement"]) == ("no_place", None)
    assert row["reasons"][0]["code"] == "competence"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda given: given.pop("needs"), "instance"),
        (lambda given: given["needs"][0].update(minutes="half"), "needs[0].minutes"),
        (lambda given: given["needs"][0].update(minutes=100000), "needs[0].minutes"),
        (lambda given: given["needs"][0].update(earliest="2026-12-01"), "needs[0]"),
        (lambda given: given["needs"][0].update(earliest="2026-02-31"), "needs[0]"),
        (lambda given: given["needs"].append(given["needs"][0]), "needs"),
        (lambda given: given["practitioners"].append(given["practitioners"][0]), "practitioners"),
        (lambda given: given["practitioners"][0]["free"][0].update(end="2026-11-22T08:00"), "practitioners[0].free[0]"),
        (lambda given: given["preferences"].update(day_parts=["night"]), "preferences.day_parts[0]"),
        (lambda given: given["preferences"].update(practitioner="tom"), "preferences.practitioner"),
        (lambda given: given.update(colour="red"), "instance"),
        (lambda given: given.update(pins=[{"number": 9, **PIN}]), "pins[0]"),
        (lambda given: given.update(pins=[{"number": 1, **PIN, "practitioner": "tom"}]), "pins[0].practitioner"),
        (lambda given: given.update(pins=[{"number": 1, **PIN, "room": "attic"}]), "pins[0].room"),
    ],
)
def test_what_cannot_be_is_named_with_its_path(tmp_path: Path, change: Any, path: str) -> None:
    given = deepcopy(INSTANCE)
    change(given)
    code, out, err = run(written(tmp_path, given))
    assert (code, out) == (1, "")
    assert f"{path}: " in err


PIN = {"start": "2026-11-23T08:00", "practitioner": "sanne"}


def test_a_folder_is_booked_together(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        written(tmp_path, INSTANCE, name)
    written(tmp_path, "{", "c.json")
    code, out, err = run("--many", str(tmp_path))
    lines = [json.loads(line) for line in out.splitlines()]
    starts = [line["proposal"]["rows"][0]["placement"]["start"] for line in lines[:2]]
    assert code == 2
    assert len(set(starts)) == 2
    assert lines[2] == {"file": "c.json", "error": 2}
    assert "c.json" in err


def test_the_schema_is_a_schema_and_is_printed() -> None:
    code, out, _err = run("--schema")
    Draft202012Validator.check_schema(json.loads(out))
    assert code == 0


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    assert run()[0] == 2
    assert run(str(tmp_path / "missing.json"))[0] == 2
    assert run("--many", str(tmp_path / "missing"))[0] == 2


def test_a_file_and_a_folder_at_once_are_refused(tmp_path: Path) -> None:
    code, out, err = run(written(tmp_path, INSTANCE), "--many", str(tmp_path))
    assert (code, out) == (2, "")
    assert "not both" in err


def test_a_folder_with_nothing_to_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    code, out, err = run("--many", str(tmp_path))
    assert (code, out) == (2, "")
    assert "there is no .json file in it" in err
