"""The command that draws suggestions: what it is given to read, and what it says when that is nothing."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was complained about."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("suggest", *arguments, stdout=out, stderr=err)
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def test_a_file_and_a_folder_at_once_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{}", encoding="utf-8")
    code, out, err = run(str(tmp_path / "one.json"), "--many", str(tmp_path))
    assert (code, out) == (2, "")
    assert "not both" in err


def test_a_folder_with_nothing_to_read_is_said(tmp_path: Path) -> None:
    code, out, err = run("--many", str(tmp_path))
    assert (code, out) == (2, "")
    assert "there is no .json file in it" in err


def test_a_folder_gives_a_line_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text("{", encoding="utf-8")
    code, out, err = run("--many", str(tmp_path))
    assert (code, out) == (2, '{"file": "one.json", "error": 2}\n')
    assert "one.json" in err
