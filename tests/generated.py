"""The pages of docs/generated that are drawn from the code and the content: `make docs` writes them.

rules.md         every rule of the protocol: its condition, also in words, its conclusion, source and tests
transitions.md   the lives of plans, reviews and referrals
grants.md        who may do what
pages.md         the picture of every page there is
intake_*.json    the format of an intake as a document, for each questionnaire
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import Any

from intake.domain.conditions import Terms
from intake.domain.json_schema import schema
from plans.domain import lifecycle
from plans.domain.protocol import Conclusion, Protocol, Rule
from practice.domain.grants import GRANTS, Act, Role
from tests.cases.running import back_pain, questionnaires

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "generated"
MADE = "Written by `make docs`; a test keeps it up to date.\n"


def row(cells: Iterable[object]) -> str:
    """One row of a table."""
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def table(head: list[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    return "\n".join([row(head), row(["---"] * len(head)), *map(row, rows)])


def spoken(name: str) -> str:
    """A name of the code in words: RaiseFlag, red_flags and ADOPT_PLAN alike."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()


def conclusion(conclude: Conclusion) -> str:
    """What a rule concludes, as its kind and the values it carries."""
    values = [getattr(conclude, field.name) for field in fields(conclude)]
    said = ", ".join(str(value.value if isinstance(value, Enum) else value) for value in values)
    return f"{spoken(type(conclude).__name__)}: {said}"


def conditions(protocol: Protocol) -> dict[str, str]:
    """The condition of each rule as its author wrote it."""
    files: Mapping[str, Any] = protocol.content["rules"]
    return {rule["code"]: " ".join(rule["when"].split()) for file in files.values() for rule in file["rules"]}


def terms(protocol: Protocol) -> Terms:
    """What every finding that a rule can name is called."""
    asked = {code: term for one in questionnaires().values() for code, term in one.terms.items()}
    return {**asked, **protocol.derivations.terms}


def in_words(rule: Rule, named: Terms) -> str:
    """The condition of a rule as a sentence, in Dutch and in English."""
    return "<br>".join(f"{language}: {rule.when.describe(language, named)}" for language in ("nl", "en"))


def rule_row(rule: Rule, condition: str, named: Terms) -> list[str]:
    """A rule in the table of its file."""
    kinds = Counter(spoken(example.kind.value) for example in rule.examples)
    tests = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    sources = ", ".join(f"[{key}](#{key})" for key in rule.backing.sources)
    evidence = rule.backing.evidence.value if rule.backing.evidence else ""
    holds = " **Holds treatment.**" if rule.holds_treatment else ""
    return [
        rule.code,
        f"`{condition}`",
        in_words(rule, named),
        conclusion(rule.conclude) + holds,
        sources,
        evidence,
        str(rule.reviewed),
        tests,
    ]


def rule_tables(protocol: Protocol) -> Iterator[str]:
    """The rules, file by file."""
    written, named = conditions(protocol), terms(protocol)
    files: dict[str, list[Rule]] = {}
    for rule in sorted(protocol.rules, key=lambda rule: rule.code):
        files.setdefault(rule.path.split(".")[1], []).append(rule)
    head = ["rule", "when", "in words", "concludes", "sources", "evidence", "reviewed", "tests"]
    for name, rules in sorted(files.items()):
        rows = (rule_row(rule, written[rule.code], named) for rule in rules)
        yield f"## {spoken(name)}\n\n{table(head, rows)}\n"


def source_line(key: str, source: Mapping[str, Any]) -> str:
    """A source that rules refer to, in the list of sources."""
    year = f", {source['year']}" if source.get("year") else ""
    return f'- <a id="{key}"></a>**{key}**: [{source["title"]}]({source["url"]}){year}'


def rules() -> str:
    """Every rule with its source and its tests."""
    protocol = back_pain()
    counted = Counter(rule.backing.evidence.value for rule in protocol.rules if rule.backing.evidence)
    evidence = ", ".join(f"{number} {tag}" for tag, number in counted.most_common())
    used = sorted({key for rule in protocol.rules for key in rule.backing.sources})
    sources = [source_line(key, protocol.sources[key]) for key in used]
    tests = sum(len(rule.examples) for rule in protocol.rules)
    intro = (
        f"{MADE}\n{len(protocol.rules)} rules of protocol `{protocol.code}`, version {protocol.version}: {evidence}. "
        f"Their {tests} examples run as tests (`tests/plans/test_rules.py`).\n"
        "What each rule says to people when it holds stands in `plans/content/back_pain/rules`.\n"
    )
    return "\n".join(["# Rules", "", intro, *rule_tables(protocol), "## Sources", "", *sources, ""])


def diagram(transitions: Mapping[Enum, frozenset[Enum]]) -> str:
    """A table of transitions as a diagram."""
    lines = [f"  {state.value} --> {to.value}" for state, follow in transitions.items() for to in sorted(follow)]
    ends = [f"  {state.value} --> [*]" for state, follow in transitions.items() if not follow]
    first = next(iter(transitions))
    return "\n".join(["```mermaid", "stateDiagram-v2", f"  [*] --> {first.value}", *lines, *ends, "```"])


def transitions() -> str:
    """The lives of plans, reviews and referrals."""
    tables = {name: value for name, value in vars(lifecycle).items() if name.endswith("_TRANSITIONS")}
    parts = [f"## {spoken(name).removesuffix(' transitions')}\n\n{diagram(value)}\n" for name, value in tables.items()]
    return "\n".join(["# What may follow what", "", MADE, *parts])


def grants() -> str:
    """Who may do what."""
    rows = ([spoken(act), *("yes" if act in GRANTS[role] else "" for role in Role)] for act in Act)
    head = ["act", *(spoken(role) for role in Role)]
    return f"# Who may do what\n\n{MADE}\n{table(head, rows)}\n"


def pages() -> str:
    """Every page that somebody can open."""
    rows = (
        [spoken(picture.stem.rpartition(".")[2]), f"![{picture.stem}](../screenshots/pages/{picture.name})"]
        for picture in sorted((FOLDER.parent / "screenshots" / "pages").iterdir())
    )
    intro = "As whoever may open it first sees it, with a row of everything. `make screenshots` takes the pictures."
    return f"# Every page\n\n{intro}\n{MADE}\n{table(['page', 'what it looks like'], rows)}\n"


PAGES: dict[str, Callable[[], str]] = {"rules": rules, "transitions": transitions, "grants": grants, "pages": pages}


def files() -> dict[str, str]:
    """The text of every page, by the name of its file."""
    schemas = {
        f"intake_{code}.schema.json": json.dumps(schema(one), ensure_ascii=False, indent=1) + "\n"
        for code, one in questionnaires().items()
    }
    return {f"{name}.md": render() for name, render in PAGES.items()} | schemas


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
