"""The form with which one rule of a protocol is written.

What the domain finds wrong is said in the reader's language at the field that it is about, with what to do.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from intake.domain.reading import canonical
from plans.domain.check import Flaw
from plans.domain.editing import PlacedRule, kept
from plans.domain.protocol import Gate, Protocol
from plans.forms.answers import EXAMPLES
from plans.forms.asked import Stock
from plans.forms.fields import EVIDENCE_CHOICES, LongText
from plans.forms.flaws import in_words
from plans.forms.rows import AskedForm, bare_helper
from plans.models.suggestions import DISCIPLINES, OUTCOMES, SCOPES, URGENCIES

GATES = [
    (Gate.POSSIBLE.value, gettext_lazy("possible")),
    (Gate.CONSIDER.value, gettext_lazy("consider")),
    (Gate.RECOMMEND.value, gettext_lazy("recommend")),
    (Gate.CAUTION.value, gettext_lazy("caution")),
    (Gate.ADVISE_AGAINST.value, gettext_lazy("advise against")),
    (Gate.BLOCK.value, gettext_lazy("block")),
]
KINDS = {
    "red_flag": gettext_lazy("red flag"),
    "referral": gettext_lazy("referral"),
    "template": gettext_lazy("plan template"),
    "technique": gettext_lazy("technique"),
    "advice": gettext_lazy("advice"),
    "scope": gettext_lazy("scope"),
    "note": gettext_lazy("note"),
    "outcome": gettext_lazy("end without a plan"),
}
WEIGHTS = {"red_flag": "urgency", "referral": "urgency", "template": "rank", "technique": "gate", "outcome": "rank"}


class RuleForm(AskedForm):
    """One rule. `kind` is what it concludes; a new rule also says its code and the group it stands in."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    code = forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=80,
        help_text=gettext_lazy("Small letters, digits and _. It names the rule for good."),
    )
    group = forms.ChoiceField(label=gettext_lazy("Group"))
    when = LongText(label=gettext_lazy("Condition"), rows=6, code=True)
    target = forms.CharField(label=gettext_lazy("Concludes"))
    urgency = forms.ChoiceField(label=gettext_lazy("Urgency"), choices=URGENCIES)
    gate = forms.ChoiceField(label=gettext_lazy("Judgement"), choices=GATES)
    rank = forms.IntegerField(
        label=gettext_lazy("Rank"), min_value=0, max_value=999, help_text=gettext_lazy("The highest comes first.")
    )
    holds_treatment = forms.BooleanField(
        label=gettext_lazy("Holds treatment until a contact is recorded"), required=False
    )
    explanation_nl = LongText(label=gettext_lazy("Explanation, Dutch"))
    explanation_en = LongText(label=gettext_lazy("Explanation, English"))
    action_nl = LongText(label=gettext_lazy("What to do, Dutch"), required=False, rows=2)
    action_en = LongText(label=gettext_lazy("What to do, English"), required=False, rows=2)
    sources = forms.CharField(
        label=gettext_lazy("Sources"),
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false"}),
        help_text=gettext_lazy("Codes from the list of sources, with a space between them."),
    )
    evidence = forms.ChoiceField(label=gettext_lazy("Evidence"), choices=EVIDENCE_CHOICES)
    reviewed = forms.DateField(
        label=gettext_lazy("Reviewed on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self, *args: Any, protocol: Protocol, kind: str, placed: PlacedRule | None = None, **kwargs: Any
    ) -> None:
        """`placed` is the rule as it is now; None for a new one."""
        self.kind, self.placed = kind, placed
        entry = placed.content if placed else {}
        super().__init__(*args, asked=(EXAMPLES,), stock=Stock(protocol), entry=entry, **kwargs)
        self.fields["group"].choices = [(name, name.replace("_", " ")) for name in protocol.content["rules"]]
        for weight in {"urgency", "gate", "rank"} - {WEIGHTS.get(kind)}:
            del self.fields[weight]
        choices = targets(protocol, kind)
        if choices:
            self.fields["target"] = forms.ChoiceField(label=self.fields["target"].label, choices=choices)
        if placed is not None:
            del self.fields["code"], self.fields["group"]
        else:
            chosen = {"urgency", "gate", "evidence"} | ({"target"} if choices else set())
            for name in chosen & self.fields.keys():
                self.fields[name].choices = [("", _("choose")), *self.fields[name].choices]
        self.helper = self.laid_out()

    def laid_out(self) -> FormHelper:
        """Its fields, then the examples."""
        helper = bare_helper()
        helper.layout = Layout(*self.fields, EXAMPLES.laid_out())
        return helper

    def placed_rule(self) -> PlacedRule:
        """The rule as content; only of a valid form."""
        given = self.cleaned_data
        rule = {
            "code": given["code"] if self.placed is None else self.placed.content["code"],
            "when": " ".join(given["when"].split()),
            "conclude": self._conclusion(),
            "holds_treatment": given["holds_treatment"] or None,
            "explanation": _text(given, "explanation"),
            "action": _text(given, "action"),
            "sources": given["sources"].replace(",", " ").split(),
            "evidence": given["evidence"],
            "reviewed": given["reviewed"],
            "examples": kept(self.entry_shown.get("examples"), EXAMPLES.read(given)) or None,
        }
        known = {} if self.placed is None else self.placed.content
        group = given["group"] if self.placed is None else self.placed.group
        others = {key: value for key, value in known.items() if key not in rule}
        return PlacedRule(group, canonical({**rule, **others}))

    def _conclusion(self) -> dict[str, Any]:
        weight = WEIGHTS.get(self.kind)
        conclusion = {self.kind: self.cleaned_data["target"]}
        return conclusion | {weight: self.cleaned_data[weight]} if weight else conclusion

    def blame(self, flaws: Iterable[Flaw]) -> None:
        """Put each flaw at the field that it is about."""
        fields = {"when": "when", "conclude": "target", "explanation": "explanation_nl", "action": "action_nl"}
        for flaw in flaws:
            field = fields.get(flaw.part, flaw.part)
            if flaw.part == "examples" and self._blame_example(flaw):
                continue
            _rule, _colon, message = flaw.message.rpartition(f"{self._code()}: ")
            self.add_error(field if field in self.fields else None, in_words(message))

    def _blame_example(self, flaw: Flaw) -> bool:
        """Say at an example that it does not come out, or that it cannot be read."""
        found = re.search(r"examples\[(\d+)\](?: does not come out as (\w+))?", f"{flaw.path} {flaw.message}")
        if not found:
            return False
        words = {"True": _("that it holds"), "False": _("that it does not hold"), "None": _("that it stays unknown")}
        message = _("This does not come out: the example says %(expect)s. Change the condition, or the example.")
        said = message % {"expect": words.get(found[2], "")} if found[2] else in_words(flaw.message)
        return self.row_sets["examples"].blame_at(int(found[1]), "given", said)

    def _code(self) -> str:
        return str(self.cleaned_data.get("code", "") if self.placed is None else self.placed.content["code"])


def initial_of(placed: PlacedRule) -> dict[str, Any]:
    """What the form shows of a rule."""
    rule = placed.content
    kind = kind_of(rule)
    return {
        "when": rule["when"],
        "target": rule["conclude"][kind],
        "urgency": rule["conclude"].get("urgency"),
        "gate": rule["conclude"].get("gate"),
        "rank": rule["conclude"].get("rank"),
        "holds_treatment": rule.get("holds_treatment", False),
        **{f"explanation_{language}": rule["explanation"][language] for language in ("nl", "en")},
        **{f"action_{language}": rule.get("action", {}).get(language, "") for language in ("nl", "en")},
        "sources": " ".join(rule.get("sources", ())),
        "evidence": rule.get("evidence"),
        "reviewed": dt.date.fromisoformat(rule["reviewed"]) if rule.get("reviewed") else None,
    }


def kind_of(rule: Mapping[str, Any]) -> str:
    """What kind of conclusion the content of a rule draws."""
    return next(kind for kind in KINDS if kind in rule["conclude"])


def targets(protocol: Protocol, kind: str) -> list[tuple[str, str]]:
    """What a rule of this kind may conclude, each by its code and name; nothing where any code may stand."""
    named = {"template": protocol.templates, "technique": protocol.techniques, "advice": protocol.advice}
    fixed = {"referral": DISCIPLINES, "scope": SCOPES, "outcome": OUTCOMES}
    language = get_language() or "nl"
    titles = {code: one.title.in_language(language) for code, one in named.get(kind, {}).items()}
    return [(code, f"{code}: {name}") for code, name in sorted((titles or fixed.get(kind, {})).items())]


def _text(given: Mapping[str, Any], name: str) -> dict[str, str] | None:
    text = {language: " ".join(given[f"{name}_{language}"].split()) for language in ("nl", "en")}
    return text if any(text.values()) else None
