"""The forms of a test case: the answers of nobody in particular, and what must come out of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions import governing
from plans.domain.expectation import NONE, Expectation, expectation_of
from plans.domain.protocol import Gate
from plans.domain.suggestion import Disposition
from plans.forms.answers import AnswersField
from plans.forms.fields import LongText, written
from plans.models import ProtocolCase, ProtocolVersion
from plans.models.suggestions import URGENCIES
from plans.policies import check_case

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
    answers = AnswersField(
        label=gettext_lazy("Answers"),
        rows=16,
        help_text=gettext_lazy(
            "One answer on each line: course: unchanged, night_pain: no, radiation: [thigh, below_knee]. "
            "What is left out was not asked."
        ),
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
