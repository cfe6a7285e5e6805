"""How often the published cases get the disposition that was expected, for the documentation.

python -m tests.cases.report        writes docs/generated/case_accuracy.md
"""

from collections.abc import Iterable

from tests.cases.running import ROOT, Case, disposition, highest_urgency, published, templates

PAGE = ROOT / "docs" / "generated" / "case_accuracy.md"
HEAD = """# Published cases and where the rules send them

Written by `python -m tests.cases.report`; a test keeps it up to date. The cases stand in `tests/cases/published.yaml`:
what each publication reports, as an intake document. Two kinds of label are counted apart. *Source*: the publication
itself says where the patient went. *Ours*: we mapped it with the same reasoning as the rules, so agreement there proves
little. So are archetypes: a guideline's rule written as a minimal patient, which passes when the rule is right. A case
counts as right when its disposition is the expected one or one that the case file accepts.

A miss would be an emergency or an urgent case that comes out less urgent than that; a test refuses any.
"""
COLUMNS = ["case", "label", "expected", "outcome", "highest flag", "first template", ""]

GROUPS = [
    ("the source, published patients", True, False),
    ("the source, archetypes", True, True),
    ("ours, published patients", False, False),
    ("ours, archetypes", False, True),
]


def group(from_source: bool, archetype: bool) -> list[Case]:
    """The published cases with one kind of label."""
    return [case for case in published() if (case.from_source, case.archetype) == (from_source, archetype)]


def right(case: Case) -> bool:
    return disposition(case.suggestion()) in case.accepted


def accuracy(found: Iterable[Case]) -> tuple[int, int]:
    """How many are right, of how many."""
    results = [right(case) for case in found]
    return sum(results), len(results)


def render() -> str:
    parts = [HEAD, "| labels of | right | of |", "|---|---|---|"]
    for name, from_source, archetype in GROUPS:
        good, number = accuracy(group(from_source, archetype))
        parts.append(f"| {name} | {good} | {number} |")
    parts += ["", _line(COLUMNS), _line(["---"] * len(COLUMNS))]
    parts += [_row(case) for case in published()]
    return "\n".join(parts) + "\n"


def _row(case: Case) -> str:
    suggestion = case.suggestion()
    urgency = highest_urgency(suggestion)
    cells = [
        f"[{case.code}]({case.content['url']})",
        "source" if case.from_source else "ours",
        " or ".join([case.expected, *case.content.get("accept", [])]),
        disposition(suggestion),
        urgency.value if urgency else "none",
        templates(suggestion)[0] if templates(suggestion) else "none",
        "" if right(case) else case.content.get("disagreement") or case.content.get("comment", "differs"),
    ]
    return _line(cells)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")
