"""Protocols in words, in the language of whoever reads the back office."""

from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from intake.domain.conditions import ConditionError, Term, TermKind, Terms, parse
from intake.models import QuestionnaireVersion
from plans.domain.difference import KIND_LABELS
from plans.domain.parts import Kind
from plans.domain.protocol import (
    Advise,
    Conclusion,
    EndWithout,
    JudgeTechnique,
    MarkScope,
    Propose,
    Protocol,
    RaiseFlag,
    Refer,
    Rule,
    TakeNote,
)
from plans.forms.fields import EVIDENCE_CHOICES
from plans.forms.rules import GATES, KINDS
from plans.models import ProtocolVersion
from plans.models.suggestions import DISCIPLINES, OUTCOMES, SCOPES, URGENCIES
from plans.reading import said
from practice.templatetags.components import CHIP_ICONS, icon

__all__ = [
    "code_list",
    "conclusion_in_words",
    "kind_in_words",
    "kind_of_part",
    "mark",
    "said",
    "sentences",
    "terms_of",
]


TERM_KINDS = {
    TermKind.YES_NO: _("yes or no: is yes, is no"),
    TermKind.CHOICE: _("one choice: is, is not, in [..]"),
    TermKind.CHOICES: _("several choices: includes, includes any of [..]"),
    TermKind.NUMBER: _("number: <, <=, =, >=, >, between"),
}
RULE_KINDS = {
    RaiseFlag: "red_flag",
    Refer: "referral",
    Propose: "template",
    JudgeTechnique: "technique",
    Advise: "advice",
    MarkScope: "scope",
    TakeNote: "note",
    EndWithout: "outcome",
}
URGENCY_WORDS, GATE_WORDS, EVIDENCE_WORDS = dict(URGENCIES), dict(GATES), dict(EVIDENCE_CHOICES)


def terms_of(version: ProtocolVersion) -> Terms:
    """Every finding that a rule of this version can name, by code: of the questionnaires in use and of its own."""
    asked: dict[str, Term] = {}
    for row in QuestionnaireVersion.objects.published().filter(region__in=version.regions):
        asked.update(row.questionnaire.terms)
    return {**asked, **version.protocol.derivations.terms}


def sentences(condition: str, terms: Terms) -> dict[str, str]:
    """A condition as a sentence in both languages; nothing when it cannot be read."""
    try:
        parsed = parse(condition)
    except ConditionError:
        return {}
    return {language: parsed.describe(language, terms) for language in ("nl", "en")}


def code_list(terms: Terms, condition: str = "") -> dict[str, list[dict[str, Any]]]:
    """The codes that a condition may name, with their labels and kinds: those it names now, and all of them."""
    try:
        named = parse(condition).codes() if condition else frozenset()
    except ConditionError:
        named = frozenset()
    rows = [_code_row(term) for _code, term in sorted(terms.items())]
    return {"named": [row for row in rows if row["code"] in named], "every": rows}


def _code_row(term: Term) -> dict[str, Any]:
    language = get_language() or "nl"
    choices = ((choice, term.choice_name(choice, language)) for choice in term.choices or ())
    return {
        "code": term.code,
        "label": term.name(language),
        "kind": TERM_KINDS[term.kind],
        "choices": format_html_join(", ", "<code>{}</code> {}", choices),  # a loop in the template takes longer
        "red_flag": term.red_flag,
    }


def kind_in_words(rule: Rule) -> str:
    """What kind of conclusion a rule draws."""
    return str(KINDS[RULE_KINDS[type(rule.conclude)]])


def kind_of_part(kind: Kind) -> str:
    """What a kind of part of a protocol is called."""
    return KIND_LABELS[kind].in_language(get_language() or "nl")


def conclusion_in_words(conclude: Conclusion, protocol: Protocol) -> str:
    """What a rule concludes, with its weight."""
    language = get_language() or "nl"
    match conclude:
        case RaiseFlag(flag=code, urgency=urgency):
            return _both(protocol.label(code).in_language(language), URGENCY_WORDS[urgency.value])
        case Refer(discipline=discipline, urgency=urgency):
            return _both(DISCIPLINES[discipline.value], URGENCY_WORDS[urgency.value])
        case JudgeTechnique(technique=code, gate=gate):
            return _both(_title(protocol.techniques, code, language), GATE_WORDS[gate.value])
        case Propose(template=code, rank=rank):
            return _both(_title(protocol.templates, code, language), rank)
    return _rest_in_words(conclude, protocol, language)


def _rest_in_words(conclude: Conclusion, protocol: Protocol, language: str) -> str:
    match conclude:
        case Advise(advice=code):
            return _title(protocol.advice, code, language)
        case TakeNote(note=code):
            return protocol.label(code).in_language(language)
        case MarkScope(scope=scope):
            return str(SCOPES[scope.value])
        case EndWithout(outcome=outcome, rank=rank):
            return _both(OUTCOMES[outcome.value], rank)
    return ""


def _both(name: object, weight: object) -> str:
    return f"{name} ({weight})"


def _title(named: Any, code: str, language: str) -> str:
    return named[code].title.in_language(language) if code in named else code


def listed(rows: Iterable[object]) -> str:
    """Several things in one line."""
    return ", ".join(str(row) for row in rows)


def mark(text: str, tone: str, sign: str = "") -> SafeString:
    """A status in a word with its icon, as `{% chip %}` draws it; `sign` names another icon than the tone's."""
    return format_html('<span class="chip chip-{}">{}{}</span>', tone, icon(sign or CHIP_ICONS[tone]), text)
