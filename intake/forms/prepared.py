"""What patients fill in before their visit: plain words, nothing preset, and any question may be skipped."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from intake.domain.items import Item, ItemKind
from intake.forms.sections import FIELDS, UNITS, NumberField, WordsField
from intake.models import PatientLink, QuestionnaireVersion
from patients.models import Patient

Words = dict[str, Any]
SKIP = "skip"
SKIPPED = _("I do not know, or would rather not say")
MONTHS = 12
DAYS = 31


class BirthDateForm(forms.Form):
    """The patient's date of birth in three boxes, as people say it."""

    day = forms.IntegerField(label=_("Day"), min_value=1, max_value=DAYS)
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=MONTHS)
    year = forms.IntegerField(label=_("Year"), min_value=Patient.BORN_FROM.year, max_value=9999)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **kwargs)
        for name, length in (("day", 2), ("month", 2), ("year", 4)):
            self.fields[name].widget = forms.TextInput(
                {"inputmode": "numeric", "maxlength": length, "autocomplete": f"bday-{name}", "class": "form-control"}
            )

    def clean(self) -> dict[str, Any]:
        """Add the date itself; a date that does not exist is refused."""
        cleaned = super().clean()
        if not self.errors:
            try:
                cleaned["birth_date"] = dt.date(cleaned["year"], cleaned["month"], cleaned["day"])
            except ValueError as impossible:
                raise ValidationError(_("This date does not exist.")) from impossible
        return cleaned


class PatientRegionField(forms.ModelChoiceField):
    """Questionnaires by the place of the complaint, in plain words."""

    def label_from_instance(self, obj: QuestionnaireVersion) -> str:
        """The place that this questionnaire is about."""
        return obj.questionnaire.patient.title.in_language(get_language() or "nl")


class PatientRegionForm(forms.Form):
    """Where the complaint is."""

    questionnaire = PatientRegionField(
        label=_("Where is your complaint?"),
        queryset=QuestionnaireVersion.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Choose where your complaint is."), "invalid_choice": _("Choose one of these.")},
    )

    def __init__(self, *args: Any, regions: Iterable[str], **kwargs: Any) -> None:
        """`regions` are those that the practice has rules for: elsewhere nothing would be noticed in time."""
        super().__init__(*args, use_required_attribute=False, **kwargs)
        published = QuestionnaireVersion.objects.published().filter(region__in=regions)
        asking = [version.pk for version in published if version.questionnaire.patient]
        self.fields["questionnaire"].queryset = published.filter(pk__in=asking)


class PlainNumberField(NumberField):
    """A number within the bounds of its question; the patient is told when it is not."""

    def __init__(self, item: Item, **words: Any) -> None:
        self.item = item
        super().__init__(**words)

    def clean(self, value: Any) -> float | int | None:
        """The number, or None for not answered."""
        number = super().clean(value)
        if isinstance(number, str) or (isinstance(number, float) and not self.item.decimals):
            raise ValidationError(_("Fill in a number, such as 6."))
        if number is not None and not self._fits(number):
            bounds = {"low": f"{self.item.minimum:g}", "high": f"{self.item.maximum:g}"}
            raise ValidationError(_("Fill in a number between %(low)s and %(high)s.") % bounds)
        return number

    def _fits(self, number: float) -> bool:
        low, high = self.item.minimum, self.item.maximum
        return (low is None or number >= low) and (high is None or number <= high)


class OneAnswerField(forms.TypedChoiceField):
    """One answer, or to skip the question; nothing is chosen beforehand."""

    def __init__(self, choices: list[tuple[str, Any]], **words: Any) -> None:
        super().__init__(choices=[*choices, (SKIP, SKIPPED)], widget=forms.RadioSelect, empty_value=None, **words)

    def clean(self, value: Any) -> Any:
        """The answer, or None for skipped."""
        return None if value == SKIP else super().clean(value)


class YesNoField(OneAnswerField):
    """Yes or no."""

    def __init__(self, **words: Any) -> None:
        choices = [("yes", _("Yes")), ("no", _("No"))]
        super().__init__(choices, coerce=lambda value: value == "yes", **words)

    def prepare_value(self, value: Any) -> Any:
        """The option that shows a stored answer."""
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class SeveralAnswersField(forms.MultipleChoiceField):
    """Any number of answers; one that stands alone cannot be combined."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, item: Item, language: str, **words: Any) -> None:
        self.alone = {choice.code: choice.plain.in_language(language) for choice in item.choices if choice.exclusive}
        super().__init__(choices=plain_choices(item, language), **words)

    def clean(self, value: Any) -> list[str] | None:
        """The codes in the order of the choices; None when nothing was chosen."""
        chosen = set(super().clean(value))
        for code in chosen & self.alone.keys():
            if len(chosen) > 1:
                raise ValidationError(
                    _("Choose only \u201c%(answer)s\u201d, or leave it out.") % {"answer": self.alone[code]}
                )
        return [code for code, _label in self.choices if code in chosen] or None


def plain_choices(item: Item, language: str) -> list[tuple[str, str]]:
    """The choices of a question as a patient reads them."""
    return [(choice.code, choice.plain.in_language(language)) for choice in item.choices]


def _yes_no(item: Item, language: str, words: Words) -> forms.Field:
    return YesNoField(**words)


def _choice(item: Item, language: str, words: Words) -> forms.Field:
    return OneAnswerField(plain_choices(item, language), **words)


def _choices(item: Item, language: str, words: Words) -> forms.Field:
    return SeveralAnswersField(item, language, **words)


def _number(item: Item, language: str, words: Words) -> forms.Field:
    attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "form-control"}
    return PlainNumberField(item, widget=forms.TextInput(attrs), **words)


def _scale(item: Item, language: str, words: Words) -> forms.Field:
    values = range(int(item.minimum or 0), int(item.maximum or 0) + 1)
    return OneAnswerField([(str(value), str(value)) for value in values], coerce=int, **words)


def _words(item: Item, language: str, words: Words) -> forms.Field:
    long = item.kind is ItemKind.LONG_TEXT
    attrs = {"class": "form-control", "autocomplete": "off"}
    widget = forms.Textarea({**attrs, "rows": 4}) if long else forms.TextInput(attrs)
    return WordsField(widget=widget, max_length=item.length, **words)


PLAIN_FIELDS: dict[ItemKind, Callable[[Item, str, Words], forms.Field]] = {
    ItemKind.YES_NO: _yes_no,
    ItemKind.CHOICE: _choice,
    ItemKind.CHOICES: _choices,
    ItemKind.NUMBER: _number,
    ItemKind.SCALE: _scale,
    ItemKind.TEXT: _words,
    ItemKind.LONG_TEXT: _words,
}


def plain_field(item: Item, language: str) -> forms.Field:
    """The field that asks a patient this question; one without plain words is a mistake of the caller."""
    label = item.patient.label.in_language(language)
    unit = UNITS.get(item.unit, item.unit)
    words: Words = {"label": f"{label} ({unit})" if unit else label, "required": False}
    if item.patient.help:
        words["help_text"] = item.patient.help.in_language(language)
    field = PLAIN_FIELDS.get(item.kind, FIELDS[item.kind])(item, language, words)
    field.is_scale, field.is_chart = item.kind is ItemKind.SCALE, item.kind is ItemKind.BODY_CHART
    return field


class PatientPageForm(forms.Form):
    """The questions of one page, with what the patient answered so far."""

    def __init__(self, items: Iterable[Item], offered: Mapping[str, Any], data: Any = None) -> None:
        super().__init__(data, initial=offered, use_required_attribute=False)
        language = get_language() or "nl"
        for item in items:
            self.fields[item.code] = plain_field(item, language)


class SendLinkForm(forms.Form):
    """How a patient gets a personal link, and in which language."""

    how = forms.ChoiceField(
        label=_("How"),
        choices=[("email", _("by e-mail")), ("copy", _("I copy the link and give it myself"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the patient gets the link.")},
    )
    language = forms.ChoiceField(
        label=_("Language of the message"),
        choices=PatientLink._meta.get_field("language").choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a language.")},
    )

    def __init__(self, *args: Any, may_mail: bool, **kwargs: Any) -> None:
        """Without `may_mail` the link can only be copied."""
        super().__init__(*args, use_required_attribute=False, **kwargs)
        if not may_mail:
            self.fields["how"].choices = self.fields["how"].choices[1:]
