"""Suggestions in words, each with what held, what spoke against it and what is missing."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from intake.domain.conditions import Terms, parse
from intake.domain.phrases import finding_in_words
from intake.models import Intake
from plans.domain.letters import referral_reasons
from plans.models import Suggestion
from plans.models.suggestions import DISCIPLINES
from plans.policies import answered_matters, contacted_matters
from plans.reading.attention import SCREENINGS, flag_card
from plans.reading.words import language, said

EVIDENCE = {
    "verified": gettext_lazy("read in the source"),
    "verified_secondary": gettext_lazy("read in an extract, to be signed"),
    "unverified": gettext_lazy("not verified"),
    "proposal": gettext_lazy("own proposal, to be signed"),
}


class SuggestionReading:
    """A stored suggestion as its screen says it."""

    def __init__(self, intake: Intake, suggestion: Suggestion) -> None:
        self.intake, self.trace = intake, suggestion.trace
        self.protocol = suggestion.protocol_version.protocol
        self.answers_url = reverse("intake_answers", args=[intake.pk])
        derived = self.protocol.derivations.terms
        self.terms: Terms = {**derived, **intake.questionnaire.terms}

    def context(self) -> dict[str, Any]:
        """Everything that the screen shows."""
        trace = self.trace
        return {
            "screening": trace["screening"],
            "screening_words": SCREENINGS[trace["screening"]],
            "flags": [self._flag(flag) for flag in trace["red_flags"]],
            "templates": [self._template(template) for template in trace["templates"]],
            "alternatives": [self._alternative(one) for one in trace["alternatives"]],
            "referrals": self._referrals(),
            "techniques": [self._technique(one) for one in trace["techniques"]],
            "endings": [self._remark(one) for one in trace["endings"]],
            "notes": [self._remark(one) for one in (*trace["scope"], *trace["notes"])],
            "advice": [self._remark(one) for one in trace["advice"]],
            "questions": [self._question(one) for one in trace["open_questions"][:12]],
            "question_count": len(trace["open_questions"]),
            "not_evaluated": trace["not_evaluated"],
            "decided_by": [self._leaf(leaf) for leaf in trace["decided_by"]],
        }

    def _flag(self, flag: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **flag_card(flag, contacted_matters(self.intake)),
            "lifted": flag["code"] in answered_matters(self.intake),
            "reasons": self._reasons(flag["reasons"]),
        }

    def _template(self, template: Mapping[str, Any]) -> dict[str, Any]:
        full = self.protocol.templates[template["code"]]
        return {
            "code": template["code"],
            "title": said(template["title"]),
            "summary": full.summary.in_language(language()),
            "kind": template["kind"],
            "weeks": full.weeks,
            "sessions": full.sessions,
            "techniques": sorted(
                {
                    self.protocol.techniques[dose.technique].title.in_language(language())
                    for phase in full.phases
                    for dose in phase.techniques
                    if dose.core
                }
            ),
            "reasons": self._reasons(template["reasons"]),
        }

    def _alternative(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "code": one["code"],
            "title": said(one["title"]),
            "changes": [self._change(change) for change in one["changes"][:4]],
            "against": self._leaves(one["reasons"][0]["against"], "for"),
        }

    def _change(self, change: Mapping[str, Any]) -> str:
        """The single answer that would make the difference, as a sentence."""
        return parse(change["to"]).describe(language(), self.terms)

    def _referrals(self) -> list[dict[str, Any]]:
        """The referrals; with red flags the GP is always among them, with every flag as a reason."""
        others = [one for one in self.trace["referrals"] if one["discipline"] != "gp"]
        try:
            urgency, reasons = referral_reasons(self.trace, "gp")
        except KeyError:
            return [self._referral(one) for one in others]
        gp = {"discipline": "gp", "urgency": urgency, "reasons": reasons}
        return [self._referral(one) for one in (gp, *others)]

    def _referral(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "discipline": one["discipline"],
            "name": DISCIPLINES[one["discipline"]],
            "urgency": one["urgency"],
            "reasons": self._reasons(one["reasons"]),
        }

    def _technique(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "title": self.protocol.techniques[one["code"]].title.in_language(language()),
            "gate": one["gate"],
            "reasons": self._reasons(one["reasons"]),
            "unsettled": [said(reason["explanation"]) for reason in one["unsettled"]],
        }

    def _remark(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {"code": one["code"], "label": said(one.get("label")), "reasons": self._reasons(one["reasons"])}

    def _question(self, one: Mapping[str, Any]) -> dict[str, Any]:
        names = [self.terms[code].name(language()) for code in one["asks"] if code in self.terms]
        return {"text": ", ".join(names) or one["code"], "urgency": one["urgency"]}

    def _reasons(self, reasons: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [self._reason(reason) for reason in reasons]

    def _reason(self, reason: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "rule": reason["rule"],
            "explanation": said(reason["explanation"]),
            "action": said(reason["action"]),
            "evidence": EVIDENCE.get(reason["evidence"], ""),
            "sources": [self._source(key) for key in reason["sources"]],
            "leaves": [*self._leaves(reason["held"], "for"), *self._leaves(reason["against"], "against")],
            "open": self._leaves(reason["unknown"], "open"),
        }

    def _leaves(self, leaves: Iterable[Mapping[str, Any]], kind: str) -> list[dict[str, str]]:
        """Each finding once: a rule may rest on one in several ways, by itself and through what is derived from it."""
        return list({leaf["code"]: self._leaf(leaf, kind) for leaf in leaves}.values())

    def _leaf(self, leaf: Mapping[str, Any], kind: str = "for") -> dict[str, str]:
        return {
            "kind": kind,
            "text": finding_in_words(leaf["code"], leaf["value"], self.terms, language()),
            "url": f"{self.answers_url}#answer-{leaf['code']}",
        }

    def _source(self, key: str) -> dict[str, str]:
        source = self.protocol.sources.get(key, {})
        return {"title": source.get("title", key), "url": source.get("url", "")}
