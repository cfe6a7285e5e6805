"""The shape of what an intake takes in."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from intake.forms.measuring import MeasurementForm
from intake.forms.page import EVERYTHING, IntakePage
from intake.forms.prepared import BirthDateForm, PatientPageForm, PatientRegionForm, SendLinkForm
from intake.models import QuestionnaireVersion

__all__ = [
    "EVERYTHING",
    "AddendumForm",
    "BirthDateForm",
    "IntakePage",
    "MeasurementForm",
    "PatientPageForm",
    "PatientRegionForm",
    "SendLinkForm",
    "StartForm",
]


class QuestionnaireChoice(forms.ModelChoiceField):
    """A choice of questionnaires by their title in the reader's language."""

    def label_from_instance(self, obj: QuestionnaireVersion) -> str:
        """The title of this questionnaire."""
        return obj.title[get_language() or "nl"]


class StartForm(forms.Form):
    """Where the complaint is: which questionnaire the intake follows. Nothing is preset."""

    questionnaire = QuestionnaireChoice(
        label=_("Where is the complaint?"),
        queryset=QuestionnaireVersion.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Choose where the complaint is.")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["questionnaire"].queryset = QuestionnaireVersion.objects.published()


class AddendumForm(forms.Form):
    """A correction of, or addition to, a completed intake."""

    text = forms.CharField(
        label=_("Correction or addition"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what is corrected or added.")},
    )
