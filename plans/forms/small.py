"""Small forms around a suggestion and a plan."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.domain.lifecycle import PLAN_TRANSITIONS, PlanLife
from plans.models import FollowUp


class CompletionReasonForm(forms.Form):
    """Why an intake is completed while a flag has no recorded contact; the manager sees it."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write why the intake is completed without a recorded contact.")},
    )


class FollowUpForm(forms.Form):
    """A contact about red flags: who was reached, when, what was advised, and what came of it."""

    flags = forms.MultipleChoiceField(
        label=_("Which flags was the contact about?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one flag that the contact was about.")},
    )
    reached = forms.CharField(
        label=_("Who was reached"),
        max_length=120,
        error_messages={"required": _("Write who was reached, such as the GP's name or the emergency department.")},
    )
    reached_at = forms.SplitDateTimeField(
        label=_("When"),
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "class": "form-control", "aria-label": _("Day of the contact")},
            time_attrs={"type": "time", "class": "form-control", "aria-label": _("Time of the contact")},
            date_format="%Y-%m-%d",
            time_format="%H:%M",
        ),
        error_messages={"required": _("Give the day and time of the contact.")},
    )
    advised = forms.CharField(
        label=_("What was advised"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what was advised.")},
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=FollowUp._meta.get_field("outcome").choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what came of the contact.")},
    )

    def __init__(self, *args: Any, flags: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        """`flags` are the open flags by rule code, with a sentence for each."""
        super().__init__(*args, **kwargs)
        self.fields["flags"].choices = list(flags)


class NoCourseForm(forms.Form):
    """An intake that ends without a course."""

    advice = forms.MultipleChoiceField(
        label=_("Advice that was given"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the advice that was given.")},
    )
    come_back_when = forms.CharField(
        label=_("When to come back"),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write when the patient should come back.")},
    )

    def __init__(self, *args: Any, advice: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        """`advice` are the texts of the protocol by code."""
        super().__init__(*args, **kwargs)
        self.fields["advice"].choices = list(advice)


class LetterForm(forms.Form):
    """A letter that is not signed yet."""

    recipient = forms.CharField(label=_("To"), max_length=200)
    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 18}))


class ReferralStepForm(forms.Form):
    """The next step of a referral."""

    status = forms.ChoiceField(label=_("Step"), widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, steps: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        """`steps` are the steps that the referral may take now."""
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = list(steps)


class EndForm(forms.Form):
    """How and why a plan ends. What never started cannot be completed."""

    to = forms.ChoiceField(
        label=_("The plan is"),
        choices=[("completed", _("completed")), ("stopped", _("stopped"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the plan is completed or stopped.")},
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), required=False)

    def __init__(self, *args: Any, life: str, **kwargs: Any) -> None:
        """`life` is the state of the plan now."""
        super().__init__(*args, **kwargs)
        possible = PLAN_TRANSITIONS[PlanLife(life)]
        self.fields["to"].choices = [choice for choice in self.fields["to"].choices if choice[0] in possible]


class AlarmContactForm(forms.Form):
    """Who was reached about a patient's alarm, and what was agreed."""

    reached = forms.CharField(
        label=_("Who was reached"),
        max_length=120,
        help_text=_("The patient, or who spoke for the patient."),
        error_messages={"required": _("Write who was reached.")},
    )
    agreed = forms.CharField(
        label=_("What was agreed"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what was agreed.")},
    )


APPROVE, APPROVE_NEXT, RETURN = "approve", "approve_next", "return"


class ReviewForm(forms.Form):
    """What a reviewer decides about a revision. The buttons carry the decision."""

    decision = forms.ChoiceField(choices=[(code, code) for code in (APPROVE, APPROVE_NEXT, RETURN)])
    comment = forms.CharField(
        label=_("What should change"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    self_approved_because = forms.CharField(
        label=_("Why one's own plan is approved"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        """A plan is returned with a comment only."""
        cleaned = super().clean()
        if cleaned.get("decision") == RETURN and not cleaned.get("comment"):
            self.add_error("comment", _("Write what should change: the author sees it."))
        return cleaned

    def choice(self) -> dict[str, str]:
        """The review as the action takes it."""
        returned = self.cleaned_data["decision"] == RETURN
        return {
            "to": "returned" if returned else "approved",
            "comment": self.cleaned_data["comment"] if returned else "",
            "self_approved_because": "" if returned else self.cleaned_data["self_approved_because"],
        }

    def goes_on(self) -> bool:
        """Whether the reviewer wants the next plan."""
        return self.cleaned_data["decision"] == APPROVE_NEXT
