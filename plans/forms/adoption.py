"""The forms that turn a template into a plan, and a plan into its next revision: what is kept, changed, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from plans.actions import GoalChoice, PlanChoice
from plans.domain.plan import PhaseChoice, choices_in, core_techniques, target_of
from plans.domain.protocol import Goal, Phase, PlanTemplate, Protocol
from plans.models import Deviation, PlanRevision

REASONS = [("", _("no deviation")), *Deviation._meta.get_field("reason").choices]
SESSION = "session"


class PlanForm(forms.Form):
    """A template with its numbers and techniques open to change. Every group that differs asks for its reason."""

    session_minutes = forms.IntegerField(label=_("Minutes per session"), min_value=10, max_value=120)
    extended_because = forms.CharField(
        label=_("Longer than 8 weeks, because"),
        required=False,
        max_length=300,
        help_text=_("Only for a plan of more than 8 weeks."),
    )
    consents = forms.BooleanField(
        label=_("The patient consents to the special procedures in this plan"), required=False
    )
    discussed = forms.BooleanField(
        label=_("Discussed with the patient, who agrees"),
        widget=forms.CheckboxInput({"data-next-step": True}),
        error_messages={"required": _("Discuss the plan with the patient first: a plan is made together.")},
    )

    def __init__(
        self,
        *args: Any,
        template: PlanTemplate,
        protocol: Protocol,
        gates: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        """`gates` gives what the findings say of a technique by code."""
        super().__init__(*args, **kwargs)
        self.template, self.protocol, self.gates = template, protocol, gates
        self.language = get_language() or "nl"
        self.fields["session_minutes"].initial = template.session_minutes
        for phase in template.phases:
            self._add_phase(phase)
        self._add_reason(SESSION)
        self.helper = self._helper()

    def choice(self) -> PlanChoice:
        """What was decided; only of a valid form."""
        data = self.cleaned_data
        phases = tuple(self._phase_choice(phase) for phase in self.template.phases)
        return PlanChoice(
            template=self.template.code,
            phases=phases,
            session_minutes=data["session_minutes"],
            reasons=self._reasons(),
            extended_because=data["extended_because"],
            consents_to_special_procedures=data["consents"],
            discussed_with_patient=data["discussed"],
        )

    def ask_reasons(self, whats: Iterable[str]) -> None:
        """Mark the groups that differ from the template and have no reason yet."""
        for group in {_group_of(what) for what in whats}:
            self.add_error(f"{group}_reason", _("This part differs from the template. Choose why."))

    def _add_phase(self, phase: Phase) -> None:
        prefix = phase.code
        self.fields[f"{prefix}_weeks"] = forms.IntegerField(
            label=_("Weeks"), min_value=0, max_value=26, initial=phase.weeks
        )
        self.fields[f"{prefix}_sessions"] = forms.FloatField(
            label=_("Sessions a week"), min_value=0, max_value=7, initial=phase.sessions_per_week, localize=True
        )
        self.fields[f"{prefix}_techniques"] = forms.MultipleChoiceField(
            label=_("Techniques"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=self._technique_choices(phase),
            initial=list(core_techniques(phase)),
        )
        self.fields[f"{prefix}_exercises"] = forms.MultipleChoiceField(
            label=_("Exercises"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[
                (code, self.protocol.exercises[code].title.in_language(self.language)) for code in phase.exercises
            ],
            initial=list(phase.exercises),
        )
        self._add_reason(prefix)

    def _add_reason(self, prefix: str) -> None:
        self.fields[f"{prefix}_reason"] = forms.ChoiceField(
            label=_("Reason to deviate"), choices=REASONS, required=False
        )
        self.fields[f"{prefix}_explanation"] = forms.CharField(label=_("Explanation"), max_length=300, required=False)

    def _technique_choices(self, phase: Phase) -> list[tuple[str, str]]:
        """The techniques of the phase, then the others that findings speak for; never one that they block."""
        doses = {dose.technique: dose.dose.in_language(self.language) for dose in phase.techniques}
        favoured = [code for code, gate in self.gates.items() if gate in ("recommend", "consider", "possible")]
        codes = [*doses, *(code for code in favoured if code not in doses)]
        return [
            (code, self._technique_label(code, doses.get(code))) for code in codes if self.gates.get(code) != "block"
        ]

    def _technique_label(self, code: str, dose: str | None) -> str:
        title = self.protocol.techniques[code].title.in_language(self.language)
        words = [title, f"({dose})" if dose else "", f"· {GATES[self.gates[code]]}" if code in self.gates else ""]
        return " ".join(word for word in words if word)

    def _phase_choice(self, phase: Phase) -> PhaseChoice:
        data, prefix = self.cleaned_data, phase.code
        return PhaseChoice(
            code=phase.code,
            weeks=data[f"{prefix}_weeks"],
            sessions_per_week=data[f"{prefix}_sessions"],
            techniques=tuple(data[f"{prefix}_techniques"]),
            exercises=tuple(data[f"{prefix}_exercises"]),
        )

    def _reasons(self) -> dict[str, tuple[str, str]]:
        """The reason of each point that may differ, from that of its group."""
        points = ("weeks", "sessions_per_week", "techniques", "exercises", "left_out")
        reasons = {
            f"{phase.code}.{point}": self._reason(phase.code) for phase in self.template.phases for point in points
        }
        return reasons | {"session_minutes": self._reason(SESSION)}

    def _reason(self, prefix: str) -> tuple[str, str]:
        return self.cleaned_data[f"{prefix}_reason"], self.cleaned_data[f"{prefix}_explanation"]

    def clean(self) -> dict[str, Any]:
        """A reason "other" is explained in words."""
        for name in [name for name in self.fields if name.endswith("_reason")]:
            explanation = self.cleaned_data.get(name.replace("_reason", "_explanation"), "")
            if self.cleaned_data.get(name) == "other" and not explanation.strip():
                self.add_error(name.replace("_reason", "_explanation"), _("Write the other reason in words."))
        return self.cleaned_data

    def _helper(self) -> FormHelper:
        helper = FormHelper(self)
        helper.form_tag = False
        helper.layout = Layout(
            *self._before(),
            *(self._phase_layout(number, phase) for number, phase in enumerate(self.template.phases, 1)),
            Fieldset(
                str(_("Sessions and agreement")),
                Div("session_minutes", f"{SESSION}_reason", f"{SESSION}_explanation", css_class="inline-fields"),
                "extended_because",
                "consents",
                "discussed",
            ),
        )
        return helper

    def _before(self) -> list[Fieldset | str]:
        """What the form asks before the phases."""
        return []

    def _phase_layout(self, number: int, phase: Phase) -> Fieldset:
        names = [f"{phase.code}_{name}" for name in ("weeks", "sessions")]
        reasons = [f"{phase.code}_{name}" for name in ("reason", "explanation")]
        return Fieldset(
            f"{number}. {phase.title.in_language(self.language)}",
            Div(*names, css_class="inline-fields"),
            f"{phase.code}_techniques",
            HTML(f'<details class="fold"><summary>{_("Exercises")}</summary>'),
            f"{phase.code}_exercises",
            HTML("</details>"),
            Div(*reasons, css_class="inline-fields"),
        )


class AdoptionForm(PlanForm):
    """The form that makes a plan: its goals, beside what the template leaves open."""

    goal_text = forms.CharField(
        label=_("Main goal"),
        max_length=300,
        help_text=_("What the patient wants to be able to do again, in a sentence."),
        error_messages={"required": _("Write the main goal: what the patient wants to be able to do, and by when.")},
    )
    goal_measure = forms.ChoiceField(label=_("Measured with"), required=False)
    goal_baseline = forms.FloatField(label=_("Now"), required=False, localize=True)
    goal_target = forms.FloatField(label=_("Target"), required=False, localize=True)
    goal_weeks = forms.IntegerField(label=_("Within weeks"), required=False, min_value=1, max_value=52)
    goals = forms.MultipleChoiceField(label=_("Other goals"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self,
        *args: Any,
        template: PlanTemplate,
        measures: Iterable[tuple[str, str]],
        baselines: Mapping[str, tuple[str, float | None]],
        **kwargs: Any,
    ) -> None:
        """`measures` are the scores that can carry a goal.

        `baselines` gives, for each instrument by code, the score that stands for it and its value at the intake.
        """
        super().__init__(*args, template=template, **kwargs)
        self.baselines = baselines
        self.fields["goal_measure"].choices = [("", _("not measured")), *measures]
        self.fields["goals"].choices = [(goal.code, goal.text.in_language(self.language)) for goal in template.goals]
        self.fields["goals"].initial = [goal.code for goal in template.goals]

    def choice(self) -> PlanChoice:
        """What was decided, with the goals; only of a valid form."""
        data = self.cleaned_data
        goals = {goal.code: goal for goal in self.template.goals}
        return replace(
            super().choice(),
            main_goal=GoalChoice(
                text=data["goal_text"],
                measure=data["goal_measure"],
                baseline=data["goal_baseline"],
                target=data["goal_target"],
                due_week=data["goal_weeks"],
            ),
            goals=tuple(self._goal_choice(goals[code]) for code in data["goals"]),
        )

    def _goal_choice(self, goal: Goal) -> GoalChoice:
        """A goal of the template, with the score it is measured by and what that was at the intake."""
        score, baseline = self.baselines.get(goal.measure, ("", None))
        return GoalChoice(
            text=goal.text.in_language(self.language),
            measure=score,
            baseline=baseline,
            target=target_of(goal, baseline),
            due_week=self.template.weeks,
        )

    def _before(self) -> list[Fieldset | str]:
        measured = (Field(name) for name in ("goal_measure", "goal_baseline", "goal_target", "goal_weeks"))
        return [Fieldset(str(_("Goals")), "goal_text", Div(*measured, css_class="inline-fields"), "goals")]


class RevisionForm(PlanForm):
    """The form that changes a plan, filled with its current revision; the goals stay as they were agreed."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, revision: PlanRevision, template: PlanTemplate, **kwargs: Any) -> None:
        """`revision` is the one to start from."""
        super().__init__(*args, template=template, initial=_initial_of(revision, template), **kwargs)

    def go_on_from(self, revision: PlanRevision) -> None:
        """Keep what was typed, as a change of this later revision."""
        self.data = self.data.copy()
        self.data["revision"] = revision.number

    def _before(self) -> list[Fieldset | str]:
        return ["revision"]


def _initial_of(revision: PlanRevision, template: PlanTemplate) -> dict[str, Any]:
    """What the form starts from: the revision as it is, with the reasons that were given. Agreement is asked anew."""
    initial = {
        "revision": revision.number,
        "session_minutes": revision.session_minutes,
        "extended_because": revision.extended_because,
        "consents": revision.content["consent_special_procedures"],
    }
    for choice in choices_in(revision.content, template):
        initial |= {
            f"{choice.code}_weeks": choice.weeks,
            f"{choice.code}_sessions": choice.sessions_per_week,
            f"{choice.code}_techniques": list(choice.techniques),
            f"{choice.code}_exercises": list(choice.exercises),
        }
    for deviation in revision.deviations.all():
        group = _group_of(deviation.what)
        initial |= {f"{group}_reason": deviation.reason, f"{group}_explanation": deviation.explanation}
    return initial


def _group_of(what: str) -> str:
    """The group of fields, with one reason, that a difference belongs to."""
    return SESSION if what == "session_minutes" else what.split(".")[0]


GATES = {
    "recommend": _("recommended"),
    "consider": _("consider"),
    "possible": _("possible"),
    "caution": _("with caution"),
    "advise_against": _("advised against"),
    "block": _("not possible"),
}
