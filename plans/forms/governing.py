"""The forms with which a protocol in the making is written: a rule, a file, a comment, a test case.

What the domain finds wrong is said in the reader's language at the field that it is about, with what to do.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from intake.domain.reading import Evidence, canonical
from intake.management.packed_files import from_text
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions import governing
from plans.domain.check import Flaw
from plans.domain.editing import PlacedRule
from plans.domain.expectation import NONE, Expectation, expectation_of
from plans.domain.protocol import Discipline, Gate, OutcomeKind, Protocol, ScopeKind
from plans.domain.suggestion import Disposition
from plans.models import ProtocolCase, ProtocolVersion
from plans.models.suggestions import URGENCIES
from plans.policies import check_case

GATES = [
    (Gate.POSSIBLE.value, gettext_lazy("possible")),
    (Gate.CONSIDER.value, gettext_lazy("consider")),
    (Gate.RECOMMEND.value, gettext_lazy("recommend")),
    (Gate.CAUTION.value, gettext_lazy("caution")),
    (Gate.ADVISE_AGAINST.value, gettext_lazy("advise against")),
    (Gate.BLOCK.value, gettext_lazy("block")),
]
EVIDENCE_CHOICES = [
    (Evidence.VERIFIED.value, gettext_lazy("verified: read in the source")),
    (Evidence.VERIFIED_SECONDARY.value, gettext_lazy("verified, secondary: read in an extract")),
    (Evidence.UNVERIFIED.value, gettext_lazy("unverified: known in the trade, not read in a source")),
    (Evidence.PROPOSAL.value, gettext_lazy("proposal: our own choice, within what the sources allow")),
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


class LongText(forms.CharField):
    """Text of several lines."""

    def __init__(self, *, rows: int = 3, code: bool = False, **kwargs: Any) -> None:
        """`code` says that it is written in a language of its own, so that nobody corrects its spelling."""
        shape = {"rows": rows, "class": "vLargeTextField"}
        if code:
            shape |= {"class": "vLargeTextField govern-code", "spellcheck": "false", "autocapitalize": "off"}
        super().__init__(widget=forms.Textarea(attrs=shape), **kwargs)


class YamlField(LongText):
    """A part of the content, as it stands in a content file."""

    def __init__(self, *, shape: type, **kwargs: Any) -> None:
        super().__init__(code=True, **kwargs)
        self.shape = shape

    def prepare_value(self, value: Any) -> Any:
        """Content as text; what was typed stays as it is."""
        return value if isinstance(value, str) else written(value)

    def clean(self, value: Any) -> Any:
        """Text as content."""
        text = super().clean(value)
        if not text:
            return self.shape()
        try:
            content = from_text(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            where = _("line %(line)s") % {"line": mark.line + 1} if mark else _("somewhere")
            raise forms.ValidationError(
                _("This cannot be read, at %(where)s: mind the indentation, the colons and the brackets.")
                % {"where": where}
            ) from error
        if not isinstance(content, self.shape):
            raise forms.ValidationError(
                _("This has another shape than what stood here. Keep the keys that were there.")
            )
        return canonical(content)


def written(content: Any) -> str:
    """Content as it stands in a content file."""
    return (
        yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=100) if content else ""
    )


class RuleForm(forms.Form):
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
    examples = YamlField(
        label=gettext_lazy("Examples"),
        shape=list,
        required=False,
        rows=10,
        help_text=gettext_lazy("One of each kind: holds, does_not_hold, unknown, boundary. They run at every check."),
    )

    def __init__(
        self, *args: Any, protocol: Protocol, kind: str, placed: PlacedRule | None = None, **kwargs: Any
    ) -> None:
        """`placed` is the rule as it is now; None for a new one."""
        super().__init__(*args, **kwargs)
        self.kind, self.placed = kind, placed
        self.fields["group"].choices = [(name, name.replace("_", " ")) for name in protocol.content["rules"]]
        for weight in {"urgency", "gate", "rank"} - {WEIGHTS.get(kind)}:
            del self.fields[weight]
        choices = targets(protocol, kind)
        if choices:
            self.fields["target"] = forms.ChoiceField(label=self.fields["target"].label, choices=choices)
        if placed is not None:
            del self.fields["code"], self.fields["group"]
            return
        for name in {"urgency", "gate", "evidence"} & self.fields.keys():
            self.fields[name].choices = [("", _("choose")), *self.fields[name].choices]

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
            "examples": given["examples"] or None,
        }
        known = {} if self.placed is None else self.placed.content
        group = given["group"] if self.placed is None else self.placed.group
        kept = {key: value for key, value in known.items() if key not in rule}
        return PlacedRule(group, canonical({**rule, **kept}))

    def _conclusion(self) -> dict[str, Any]:
        weight = WEIGHTS.get(self.kind)
        conclusion = {self.kind: self.cleaned_data["target"]}
        return conclusion | {weight: self.cleaned_data[weight]} if weight else conclusion

    def blame(self, flaws: Iterable[Flaw]) -> None:
        """Put each flaw at the field that it is about."""
        fields = {"when": "when", "conclude": "target", "explanation": "explanation_nl", "action": "action_nl"}
        for flaw in flaws:
            field = fields.get(flaw.part, flaw.part)
            _rule, _colon, message = flaw.message.rpartition(f"{self._code()}: ")
            self.add_error(field if field in self.fields else None, in_words(message))

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
        "examples": rule.get("examples", []),
    }


def kind_of(rule: Mapping[str, Any]) -> str:
    """What kind of conclusion the content of a rule draws."""
    return next(kind for kind in KINDS if kind in rule["conclude"])


def targets(protocol: Protocol, kind: str) -> list[tuple[str, str]]:
    """What a rule of this kind may conclude, with its name; nothing where any code may stand."""
    named = {"template": protocol.templates, "technique": protocol.techniques, "advice": protocol.advice}
    fixed = {"referral": Discipline, "scope": ScopeKind, "outcome": OutcomeKind}
    if kind in named:
        return [(code, f"{code}: {one.title.en}") for code, one in sorted(named[kind].items())]
    return [(one.value, one.value) for one in fixed.get(kind, ())]


def _text(given: Mapping[str, Any], name: str) -> dict[str, str] | None:
    text = {language: " ".join(given[f"{name}_{language}"].split()) for language in ("nl", "en")}
    return text if any(text.values()) else None


class FileForm(forms.Form):
    """A protocol in a file: the folder of its content files, packed."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("A zip of the content files, as the export gives it.")
    )


class CommentForm(forms.Form):
    """What should be otherwise."""

    comment = LongText(label=gettext_lazy("What should be otherwise"), max_length=2000)


# What the domain says is wrong, as patterns, with what to do about it.
WRONG = [
    (r"at position (?P<at>\d+): expected (?P<expected>.+), found (?P<found>.+)",
     gettext_noop("At character %(at)s the condition cannot be read: expected %(expected)s, found %(found)s.")),
    (r"at position (?P<at>\d+): (?P<what>'.+') means nothing here; .+",
     gettext_noop("At character %(at)s: %(what)s means nothing here. Codes are in small letters.")),
    (r"at position (?P<at>\d+): at least (?P<n>\d+) of (?P<m>\d+) makes no sense",
     gettext_noop("At character %(at)s: at least %(n)s of %(m)s makes no sense. Change the number or the list.")),
    (r"at position (?P<at>\d+): between goes .+",
     gettext_noop("At character %(at)s: between goes from the lower to the higher number.")),
    (r"at position (?P<at>\d+): nested .+",
     gettext_noop("At character %(at)s there are too many brackets within brackets. Make two rules of it.")),
    (r"'(?P<code>.+)' is not the code of any question or finding",
     gettext_noop("'%(code)s' is no code of a question or finding. Look it up in the list of codes.")),
    (r"'(?P<test>.+)' tests a (?P<wanted>\w+), but '(?P<code>.+)' is a (?P<kind>\w+)",
     gettext_noop("'%(test)s' tests a %(wanted)s, but %(code)s is a %(kind)s. See the list of codes.")),
    (r"'(?P<choice>.+)' is not a choice of '(?P<code>.+)' \((?P<choices>.+)\)",
     gettext_noop("'%(choice)s' is no choice of %(code)s. Choose from: %(choices)s.")),
    (r"can never hold",
     gettext_noop("This condition can never hold: its parts exclude each other. Change or leave out one of them.")),
    (r"rests on the absence of a red flag",
     gettext_noop("This red flag rests on the absence of another one, so one more yes could lower the urgency. "
                  "Leave the denied part out, or make two rules of it.")),
    (r"is a red flag in (?P<rules>.+)",
     gettext_noop("This stays a red flag: rules of the protocol in use raise a red flag on it (%(rules)s).")),
    (r"does not say why a mark is taken away",
     gettext_noop("Say why: a second person and whoever looks back later read it.")),
    (r"has no source", gettext_noop("This needs a source. Choose one from the list of sources.")),
    (r"does not say how well it is supported", gettext_noop("This does not say how well it is supported.")),
    (r"source '(?P<key>.+)' is not in the list of sources",
     gettext_noop("'%(key)s' is not in the list of sources. Choose one from the list.")),
    (r"examples\[(?P<position>\d+)\] does not come out as (?P<expect>\w+)",
     gettext_noop("Example %(position)s does not come out as %(expect)s (counted from 0). "
                  "Change the condition, or the example.")),
    (r"has no example of kind (?P<kind>\w+)", gettext_noop("There is no example of the kind %(kind)s.")),
    (r"says the same as (?P<rule>\w+)",
     gettext_noop("This says the same as the rule %(rule)s. Retire one of the two.")),
    (r"there is no (?P<kind>\w+) '(?P<code>.+)'", gettext_noop("There is no %(kind)s %(code)s in this protocol.")),
    (r"its phases do not last (?P<weeks>\d+) weeks together",
     gettext_noop("The phases do not last %(weeks)s weeks together. Change the weeks, or those of a phase.")),
    (r"a course lasts (?P<low>\d+) to (?P<high>\d+) weeks, not (?P<weeks>\d+)",
     gettext_noop("A course lasts %(low)s to %(high)s weeks, not %(weeks)s.")),
    (r"self-management has at most (?P<most>\d+) sessions, not (?P<sessions>\d+)",
     gettext_noop("Self-management has at most %(most)s sessions, not %(sessions)s.")),
    (r"is drawn from itself: (?P<circle>.+)",
     gettext_noop("This is drawn from itself: %(circle)s. Leave one of them out.")),
    (r"'(?P<code>.+)' is a (?P<kind>\w+), not a number",
     gettext_noop("%(code)s is a %(kind)s, not a number. See the list of codes.")),
    (r"bands must rise, .+", gettext_noop("The bands must rise, and only the last one has no bound.")),
    (r"a band has 'below' or 'up_to', not both", gettext_noop("A band has 'below' or 'up_to', not both.")),
    (r"a difference is between two findings, .+", gettext_noop("A difference is between two findings.")),
    (r"is missing", gettext_noop("This is missing.")),
    (r"is not a key that can stand here", gettext_noop("This key cannot stand here.")),
    (r"expected (?P<wanted>.+), found (?P<found>.+)", gettext_noop("Expected %(wanted)s, found %(found)s.")),
    (r"'(?P<value>.+)' is not one of (?P<choices>.+)", gettext_noop("'%(value)s' is not one of %(choices)s.")),
    (r"'(?P<code>.+)' is already defined at (?!rules)(?P<where>.+)",
     gettext_noop("There is a question or finding %(code)s already. Choose another code.")),
    (r"'(?P<code>.+)' is known without being asked and cannot be defined",
     gettext_noop("%(code)s is known without being asked. Choose another code.")),
    (r"has no meaning for an item of kind (?P<kind>\w+)",
     gettext_noop("This has no meaning for an answer of this kind. Leave it empty.")),
    (r"must be less than the maximum", gettext_noop("The lowest must be less than the highest.")),
    (r"must be more than 0", gettext_noop("This must be more than 0.")),
    (r"the score can be as low as (?P<number>\S+)",
     gettext_noop("The score can be as low as %(number)s, so it would fall outside.")),
    (r"the score can be as high as (?P<number>\S+)",
     gettext_noop("The score can be as high as %(number)s, so it would fall outside.")),
    (r"the score can change by (?P<number>\S+) at most",
     gettext_noop("The score can change by %(number)s at most, so this would never be reached.")),
    (r"'(?P<code>.+)' stands here twice", gettext_noop("The choice %(code)s stands here twice.")),
    (r"'(?P<code>.+)' is already defined at (?P<where>.+)",
     gettext_noop("There is a rule %(code)s already. Give this one another code.")),
    (r"'(?P<code>.+)' is not a code: .+",
     gettext_noop("'%(code)s' is not a code: small letters, digits and _, beginning with a letter.")),
    (r"'(?P<code>.+)' is a word of the condition language .+",
     gettext_noop("'%(code)s' is a word of the condition language and cannot be a code.")),
]  # fmt: skip


# What the reader of conditions expects at a place, as it says so.
EXPECTED = (
    gettext_noop("'and', 'or' or the end"),
    gettext_noop("a code, 'not', 'any of', 'all of', 'at least' or '('"),
    gettext_noop("'and', 'or' or ')'"),
    gettext_noop("a whole number"),
    gettext_noop("a number"),
    gettext_noop("a code"),
    gettext_noop("a choice"),
    gettext_noop("'(' or '['"),
    gettext_noop("',' or ')'"),
    gettext_noop("a choice (for yes and no write 'is no' or 'is yes')"),
    gettext_noop("yes, no, not or a choice (compare numbers with =)"),
    gettext_noop("a choice or 'any of'"),
    gettext_noop("a test (is, in, includes, between, <, <=, >, >=, =)"),
    gettext_noop("the end"),
)


def in_words(message: str) -> str:
    """What the domain found wrong, in the reader's language; a flaw of a whole protocol begins with its rule."""
    rule, _colon, rest = message.partition(": ")
    own = _said(message)
    return own or (f"{rule}: {_said(rest) or rest}" if rest and re.fullmatch(r"\w+", rule) else message)


def _said(message: str) -> str:
    for pattern, words in WRONG:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return _(words) % {name: _(said) if said in EXPECTED else said for name, said in found.groupdict().items()}
    return ""


NOT_JUDGED = ("", gettext_lazy("not judged"))
NONE_CHOICE = (NONE, gettext_lazy("none"))
DISPOSITIONS = {
    Disposition.EMERGENCY: gettext_lazy("emergency"),
    Disposition.GP_URGENT: gettext_lazy("GP, urgently"),
    Disposition.GP_ROUTINE: gettext_lazy("GP, routine"),
    Disposition.COURSE: gettext_lazy("course"),
    Disposition.SELF_MANAGEMENT: gettext_lazy("self-management"),
    Disposition.FOLLOW_UP: gettext_lazy("follow-up"),
    Disposition.NO_COURSE_NEEDED: gettext_lazy("no course needed"),
    Disposition.UNDECIDED: gettext_lazy("undecided"),
}


class ExpectationForm(forms.Form):
    """What must come out of an intake. What is left open is not judged."""

    urgency = forms.ChoiceField(
        label=gettext_lazy("Highest urgency of the red flags"),
        choices=[NOT_JUDGED, NONE_CHOICE, *URGENCIES],
        required=False,
    )
    disposition = forms.ChoiceField(
        label=gettext_lazy("Where the patient goes first"),
        choices=[NOT_JUDGED, *((one.value, words) for one, words in DISPOSITIONS.items())],
        required=False,
    )
    first_template = forms.CharField(
        label=gettext_lazy("First plan template"),
        required=False,
        help_text=gettext_lazy("The code of a template, or none."),
    )
    flags = forms.CharField(
        label=gettext_lazy("Red flags that must be there"),
        required=False,
        help_text=gettext_lazy("Codes, with a space between them. Others may be there as well."),
    )
    referrals = forms.CharField(
        label=gettext_lazy("Referrals that must be there"),
        required=False,
        help_text=gettext_lazy("Codes of disciplines, with a space between them."),
    )
    gates = LongText(
        label=gettext_lazy("What must be said of techniques"),
        required=False,
        rows=3,
        code=True,
        help_text=gettext_lazy("One on a line, such as: spinal_manipulation block"),
    )

    def clean_gates(self) -> dict[str, str]:
        """The judgements by technique."""
        known = {gate.value for gate in Gate}
        found = {}
        for line in self.cleaned_data["gates"].splitlines():
            words = line.replace(":", " ").split()
            if words and (len(words) != 2 or words[1] not in known):
                raise forms.ValidationError(
                    _("'%(line)s' is not a technique with one of: %(gates)s.")
                    % {"line": line, "gates": ", ".join(sorted(known))}
                )
            if words:
                found[words[0]] = words[1]
        return found

    def expectation(self) -> Expectation:
        """What is expected; only of a valid form."""
        given = self.cleaned_data
        return Expectation(
            urgency=given["urgency"],
            disposition=given["disposition"],
            flags=tuple(given["flags"].replace(",", " ").split()),
            first_template=given["first_template"].strip(),
            referrals=tuple(given["referrals"].replace(",", " ").split()),
            gates=given["gates"],
        )


def initial_of_expectation(expected: Expectation) -> dict[str, Any]:
    """What the form shows of an expectation."""
    return {
        "urgency": expected.urgency,
        "disposition": expected.disposition,
        "flags": " ".join(expected.flags),
        "first_template": expected.first_template,
        "referrals": " ".join(expected.referrals),
        "gates": "\n".join(f"{technique} {gate}" for technique, gate in expected.gates.items()),
    }


class CaseForm(ExpectationForm, forms.ModelForm):
    """A test case: the answers of nobody in particular, and what must come out."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)
    protocol = forms.ChoiceField(label=gettext_lazy("Protocol"))
    questionnaire = forms.ChoiceField(label=gettext_lazy("Questionnaire"))
    answers = YamlField(
        label=gettext_lazy("Answers"),
        shape=dict,
        rows=16,
        help_text=gettext_lazy("The code of a question and its answer on each line. What is left out was not asked."),
    )

    class Meta:
        model = ProtocolCase
        fields = ["protocol", "title", "title_en", "questionnaire", "age", "sex", "route", "answers", "why"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """What is expected is kept as one value, and typed as several."""
        super().__init__(*args, **kwargs)
        case = self.instance
        self.initial |= initial_of_expectation(expectation_of(case.expects or {})) | {"seen": case.edits}
        versions = ProtocolVersion.objects.exclude(status="retired").values_list("code", flat=True)
        self.fields["protocol"].choices = [(code, code) for code in sorted(set(versions))]
        published = QuestionnaireVersion.objects.published()
        self.fields["questionnaire"].choices = [(one.code, str(one)) for one in published]

    def clean(self) -> dict[str, Any]:
        """Hold the case against what can be answered, and against what somebody else saved meanwhile."""
        given = super().clean()
        if self.errors:
            return given
        known = ProtocolCase.objects.filter(pk=self.instance.pk).first()
        if known and known.edits != given["seen"]:
            self.data = self.data.copy()
            self.data["seen"] = known.edits
            both = _("Somebody changed this case after it was opened. Nothing is saved yet. It says now: %(text)s")
            raise forms.ValidationError(both % {"text": written(known.expects)})
        typed = {name: given[name] for name in ("questionnaire", "age", "sex", "route", "answers")}
        try:
            check_case(ProtocolCase(**typed), self.expectation(), governing.questionnaires())
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return given


class CaseOfIntakeForm(ExpectationForm):
    """What a test case made of an intake is called, why it must come out so, and what must come out."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    title_en = forms.CharField(
        label=gettext_lazy("Title in English"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: the title above stands in both languages."),
    )
    why = LongText(label=gettext_lazy("Why this must come out"), required=False)
    field_order = ("title", "title_en", "why")
