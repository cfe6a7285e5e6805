"""The forms with which the questions of a questionnaire in the making are written."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from intake.domain.editing import Entry, PlacedQuestion
from intake.domain.items import ItemKind, Required, Shown
from intake.domain.reading import Evidence, canonical
from intake.forms.sections import UNITS
from plans.actions.questionnaires import question_hash
from plans.domain.check import Flaw
from plans.forms.fields import EVIDENCE_CHOICES, CodesField, LongText
from plans.forms.flaws import in_words

KINDS = {
    ItemKind.YES_NO: gettext_lazy("yes or no"),
    ItemKind.CHOICE: gettext_lazy("one choice"),
    ItemKind.CHOICES: gettext_lazy("several choices"),
    ItemKind.NUMBER: gettext_lazy("a number"),
    ItemKind.SCALE: gettext_lazy("scale"),
    ItemKind.TEXT: gettext_lazy("text"),
    ItemKind.LONG_TEXT: gettext_lazy("long text"),
    ItemKind.BODY_CHART: gettext_lazy("body chart"),
}
REQUIRED = [
    (Required.NEVER.value, gettext_lazy("never: it may be left open")),
    (Required.ALWAYS.value, gettext_lazy("always")),
    (Required.DIRECT_ACCESS.value, gettext_lazy("with direct access")),
    (Required.REFERRAL.value, gettext_lazy("with a referral")),
]
SHOWN = [
    (Shown.CORE.value, gettext_lazy("in sight")),
    (Shown.MORE.value, gettext_lazy("one click away")),
]
LANGUAGES = {"nl": gettext_lazy("Dutch"), "en": gettext_lazy("English")}
LONGEST_LABEL, LONGEST_HELP, MOST_CHOICES = 300, 1000, 40

Words = dict[str, str]


class WordsField(forms.MultiValueField):
    """A text in Dutch and in English: both, or neither where it is not required."""

    def __init__(self, *, longest: int = LONGEST_LABEL, lines: int = 1, **kwargs: Any) -> None:
        """`lines` is the height of the boxes."""
        parts = [forms.CharField(max_length=longest, required=False) for _language in LANGUAGES]
        super().__init__(parts, widget=WordsInput(lines, longest), require_all_fields=False, **kwargs)

    def compress(self, values: Sequence[str]) -> Words | None:
        """The text by language; None when nothing was typed."""
        text = {language: " ".join(one.split()) for language, one in zip(LANGUAGES, values, strict=False)}
        if not any(text.values()):
            return None
        if not all(text.values()):
            raise forms.ValidationError(_("Write it in both languages."))
        return text


class WordsInput(forms.MultiWidget):
    """The boxes for Dutch and English, each with its language beside it."""

    template_name = "admin/intake/questionnaireversion/_words.html"
    use_fieldset = True

    def __init__(self, lines: int, longest: int) -> None:
        """`lines` high, for at most `longest` characters."""
        attrs = {"maxlength": longest, "class": "vTextField"}
        box = forms.TextInput(attrs) if lines == 1 else forms.Textarea({**attrs, "rows": lines})
        super().__init__(dict.fromkeys(LANGUAGES, box))

    def decompress(self, value: Words | None) -> list[str]:
        """The text of each box."""
        return [(value or {}).get(language, "") for language in LANGUAGES]

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """What the boxes are drawn from: each with its language, in words and for who hears it read."""
        context = super().get_context(name, value, attrs)
        for part, (language, words) in zip(context["widget"]["subwidgets"], LANGUAGES.items(), strict=True):
            part["words"] = words
            part["attrs"]["lang"] = language
        return context


class QuestionWords(forms.Form):
    """The words of one question, for therapists and, where its section has a heading for them, for patients."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    label = WordsField(label=gettext_lazy("Question"))
    help = WordsField(label=gettext_lazy("Help text"), longest=LONGEST_HELP, lines=2, required=False)
    patient_label = WordsField(
        label=gettext_lazy("Question in plain words, for patients"),
        required=False,
        help_text=gettext_lazy("Empty: patients are not asked this before their visit."),
    )
    patient_help = WordsField(
        label=gettext_lazy("Help in plain words, for patients"), longest=LONGEST_HELP, lines=2, required=False
    )

    field_order: Sequence[str] = ("seen", "label", "help", "patient_label", "patient_help")

    def __init__(self, *args: Any, for_patients: bool, **kwargs: Any) -> None:
        """`for_patients` says whether patients may be asked something in this section."""
        super().__init__(*args, **kwargs)
        if not for_patients:
            del self.fields["patient_label"], self.fields["patient_help"]

    def content(self) -> dict[str, Any]:
        """The words as content, without what is empty; only of a valid form."""
        given = self.cleaned_data
        patient = {"label": given.get("patient_label"), "help": given.get("patient_help")}
        return {
            "label": given["label"],
            "help": given["help"],
            "patient": patient if any(patient.values()) else None,
        }

    def clean(self) -> dict[str, Any]:
        """Plain help needs a plain question."""
        given = super().clean() or {}
        if given.get("patient_help") and not given.get("patient_label"):
            self.add_error("patient_label", _("Write the question in plain words as well."))
        return given

    def blame(self, flaws: Iterable[Flaw]) -> None:
        """Put each flaw at the field that it is about."""
        for flaw in flaws:
            field = self.field_of(re.split(r"[.\[]", flaw.part)[0])
            where = "" if field else f"{flaw.path}: "
            self.add_error(field, where + in_words(flaw.message))

    def field_of(self, part: str) -> str | None:
        """The field in which a key of the question is written; None for what stands in no field."""
        return part if part in self.fields else None


class QuestionForm(QuestionWords):
    """One question in its section. What an answer means is not for changing: its kind, choices, unit and bounds."""

    after = forms.ChoiceField(label=gettext_lazy("Comes after"), required=False)
    shown = forms.ChoiceField(label=gettext_lazy("Place on the page"), choices=SHOWN)
    core_when = LongText(
        label=gettext_lazy("In sight as soon as"),
        required=False,
        rows=2,
        code=True,
        help_text=gettext_lazy("A condition, for a question that is one click away otherwise. Empty: never."),
    )
    ask_when = LongText(
        label=gettext_lazy("Asked only if"),
        required=False,
        rows=2,
        code=True,
        help_text=gettext_lazy("A condition. While it does not hold the question is hidden. Empty: always asked."),
    )
    required = forms.ChoiceField(label=gettext_lazy("An answer is due"), choices=REQUIRED)
    red_flag = forms.BooleanField(
        label=gettext_lazy("Red flag"),
        required=False,
        help_text=gettext_lazy("A “yes” is shown as a warning, and no rule may rest on its absence. Needs a source."),
    )
    sources = CodesField(
        label=gettext_lazy("Sources"),
        required=False,
        help_text=gettext_lazy("Codes from the list of sources, with a space between them."),
    )
    evidence = forms.ChoiceField(
        label=gettext_lazy("Evidence"), choices=[("", gettext_lazy("none")), *EVIDENCE_CHOICES], required=False
    )
    reason = LongText(
        label=gettext_lazy("Why a mark is taken away"),
        required=False,
        rows=2,
        max_length=1000,
        help_text=gettext_lazy("Needed when a question is no red flag any more, or is due on fewer routes."),
    )

    def __init__(self, *args: Any, section: str, others: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        """`others` are the other questions of the section, code and label, in order."""
        super().__init__(*args, **kwargs)
        self.section = section
        self.fields["after"].choices = [("", _("nothing: it is the first")), *others]

    def placed(self) -> PlacedQuestion:
        """The question as content, and where it stands; only of a valid form."""
        return PlacedQuestion(self.section, self.cleaned_data["after"], canonical(self.content()))

    def content(self) -> dict[str, Any]:
        """The question as content, without what is empty."""
        given = self.cleaned_data
        return {
            **super().content(),
            "shown": given["shown"] if given["shown"] != Shown.CORE.value else None,
            "core_when": " ".join(given["core_when"].split()) or None,
            "ask_when": " ".join(given["ask_when"].split()) or None,
            "required": given["required"] if given["required"] != Required.NEVER.value else None,
            "red_flag": given["red_flag"] or None,
            "sources": given["sources"] or None,
            "evidence": given["evidence"] or None,
        }

    def clean(self) -> dict[str, Any]:
        """What is in sight anyway needs no condition for it."""
        given = super().clean()
        if given.get("core_when") and given.get("shown") == Shown.CORE.value:
            self.add_error("core_when", _("A question that is in sight needs no condition for it. Leave it empty."))
        return given


class ChoiceWords:
    """The words of each choice of a question that is there, for a form of its words."""

    def ask_choices(self, known: Entry) -> None:
        """Ask for the words of the choices after those of the question. `known` is the question as it is now."""
        self.known = known
        for choice in known.get("choices", ()):
            self.fields[f"choice_{choice['code']}"] = WordsField(label=_("Choice %(code)s") % {"code": choice["code"]})
            if "patient_label" in self.fields:
                self.fields[f"plain_{choice['code']}"] = WordsField(
                    label=_("Choice %(code)s in plain words") % {"code": choice["code"]}, required=False
                )
        self.order_fields(["seen", "label", "help", *self._of_choices(), "patient_label", "patient_help"])

    def _of_choices(self) -> Iterator[str]:
        return (name for name in self.fields if name.startswith(("choice_", "plain_")))

    def content(self) -> dict[str, Any]:
        """The question as content; what this form does not show stays as it was."""
        given = self.cleaned_data
        choices = [
            {**choice, "label": given[f"choice_{code}"], "patient": given.get(f"plain_{code}")}
            for choice in self.known.get("choices", ())
            if (code := choice["code"])
        ]
        changed = {**self.known, **super().content()}
        if "patient_label" not in self.fields:
            changed["patient"] = self.known.get("patient")
        return {**changed, "choices": choices or None}


class KnownQuestionForm(ChoiceWords, QuestionForm):
    """A question that is there: its words, its place, and when it is shown. Each choice has its words too."""

    def __init__(self, *args: Any, known: PlacedQuestion, **kwargs: Any) -> None:
        """`known` is the question as it is now."""
        super().__init__(*args, section=known.section, initial=_initial(known), **kwargs)
        self.ask_choices(known.content)


def _initial(placed: PlacedQuestion) -> dict[str, Any]:
    """What the form shows of a question."""
    known = placed.content
    return {
        **words_of(known),
        "seen": question_hash(placed),
        **{key: known.get(key) for key in ("core_when", "ask_when", "red_flag", "sources", "evidence")},
        "required": known.get("required", Required.NEVER.value),
        "shown": known.get("shown", Shown.CORE.value),
        "after": placed.after,
    }


def words_of(question: Entry) -> dict[str, Any]:
    """What a form of words shows of a question."""
    patient, choices = question.get("patient", {}), question.get("choices", ())
    return {
        **{key: question.get(key) for key in ("label", "help")},
        "patient_label": patient.get("label"),
        "patient_help": patient.get("help"),
        **{f"choice_{choice['code']}": choice["label"] for choice in choices},
        **{f"plain_{choice['code']}": choice.get("patient") for choice in choices},
    }


class NewQuestionForm(QuestionForm):
    """A question of the practice's own. What its answers mean is fixed from then on."""

    reason = None  # a new question has no mark to lose

    code = forms.SlugField(
        label=gettext_lazy("Code"),
        max_length=60,
        help_text=gettext_lazy("Small letters, digits and _. It names the question for good."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Answer"),
        choices=[
            ("", "---"),
            *((kind.value, words) for kind, words in KINDS.items() if kind is not ItemKind.BODY_CHART),
        ],
    )
    choices = LongText(
        label=gettext_lazy("Choices"),
        required=False,
        rows=4,
        help_text=gettext_lazy("For choices. Each on its own line: code | Dutch | English"),
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"), required=False, choices=[("", gettext_lazy("none")), *UNITS.items()]
    )
    minimum = forms.FloatField(
        label=gettext_lazy("Lowest"), required=False, help_text=gettext_lazy("Needed for a number, as is the highest.")
    )
    maximum = forms.FloatField(label=gettext_lazy("Highest"), required=False)
    decimals = forms.IntegerField(label=gettext_lazy("Decimals"), required=False, min_value=0, max_value=3)

    field_order = (
        *("seen", "code", "kind", "label", "help", "choices", "unit", "minimum", "maximum", "decimals"),
        *("patient_label", "patient_help"),
    )

    def clean_choices(self) -> list[Entry]:
        """The choices as content."""
        found = [self._choice(line) for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        if len(found) > MOST_CHOICES:
            raise forms.ValidationError(_("At most %(n)s choices.") % {"n": MOST_CHOICES})
        return found

    def _choice(self, line: str) -> Entry:
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 1 + len(LANGUAGES) or not all(parts):
            raise forms.ValidationError(
                _("“%(line)s” is not a code with its Dutch and English words, with | between them.") % {"line": line}
            )
        return {"code": parts[0], "label": dict(zip(LANGUAGES, parts[1:], strict=True))}

    def content(self) -> dict[str, Any]:
        """The question as content: a proposal of the practice's own, unless its evidence says otherwise."""
        given = self.cleaned_data
        numbers = {key: _whole(given[key]) for key in ("minimum", "maximum", "decimals")}
        fixed = {"code": given["code"], "kind": given["kind"], "choices": given["choices"] or None}
        own = {"unit": given["unit"] or None, **numbers, "evidence": given["evidence"] or Evidence.PROPOSAL.value}
        return {**fixed, **super().content(), **own}


def _whole(number: float | None) -> float | None:
    """A number as it is written: a whole one without a point."""
    return int(number) if number is not None and number == int(number) else number


def others_in(items: Iterable[Any], leave_out: str = "") -> list[tuple[str, str]]:
    """Questions as choices, code and label in the reader's language, without one of them."""
    language = get_language() or "nl"
    return [(item.code, item.label.in_language(language)) for item in items if item.code != leave_out]
