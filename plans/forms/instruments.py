"""The forms with which the instruments of a questionnaire in the making are written."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.domain.editing import Entry
from intake.domain.instrument_editing import head_of
from intake.domain.instruments import Direction, ThresholdKind
from intake.domain.reading import canonical
from plans.actions.instruments import instrument_hash
from plans.actions.making import part_hash
from plans.domain.check import Flaw
from plans.forms.asking import LONGEST_HELP, ChoiceWords, QuestionWords, WordsField, words_of
from plans.forms.fields import EVIDENCE_CHOICES, CodesField
from plans.forms.flaws import in_words

DIRECTIONS = {
    Direction.LOWER_IS_BETTER.value: gettext_lazy("lower is better"),
    Direction.HIGHER_IS_BETTER.value: gettext_lazy("higher is better"),
}
THRESHOLDS = {
    ThresholdKind.ABSOLUTE.value: gettext_lazy("Relevant change, in points"),
    ThresholdKind.PERCENT.value: gettext_lazy("Relevant change, in percent of the first score"),
}
BOUNDS = {"up_to": gettext_lazy("Up to and including"), "below": gettext_lazy("Below")}
SOURCES = gettext_lazy("Codes from the list of sources, with a space between them.")


def _evidence() -> forms.Field:
    return forms.ChoiceField(label=_("Evidence"), choices=[("", _("none")), *EVIDENCE_CHOICES], required=False)


def _sources() -> forms.Field:
    return CodesField(label=_("Sources"), required=False, help_text=SOURCES)


class InstrumentForm(forms.Form):
    """What an instrument says of itself, and how each of its scores is called, bounded and judged.

    How a score is computed is not for changing, and its questions have pages of their own.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    title = WordsField(label=gettext_lazy("Name"))
    help = WordsField(label=gettext_lazy("Help text"), longest=LONGEST_HELP, lines=2, required=False)
    direction = forms.ChoiceField(label=gettext_lazy("Direction"), choices=DIRECTIONS.items())
    official_words = forms.BooleanField(
        label=gettext_lazy("The questions are asked in the official words: these are not changed here"), required=False
    )

    def __init__(self, *args: Any, known: Entry, **kwargs: Any) -> None:
        """`known` is the instrument as it is now."""
        self.known, self.scores = known, known.get("scores", [])
        super().__init__(*args, initial=_initial(known), **kwargs)
        for at, score in enumerate(self.scores):
            self.fields.update(_fields_of(at, score))
        self.helper = self._helper()

    def _helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag, helper.disable_csrf, helper.form_show_errors = False, True, False
        helper.field_template = "admin/intake/questionnaireversion/_field.html"
        own = Fieldset(_("The instrument"), "title", "help", "direction", "official_words")
        helper.layout = Layout("seen", own, *(self._group(at, one) for at, one in enumerate(self.scores)))
        return helper

    def _group(self, at: int, score: Entry) -> Fieldset:
        """The fields of one score, what belongs together beside each other."""
        rows: list[Any] = [f"s{at}_label", Div(f"s{at}_minimum", f"s{at}_maximum", css_class="govern-pair")]
        rows.append(Div(f"s{at}_sources", f"s{at}_evidence", css_class="govern-pair"))
        for kind in THRESHOLDS:
            names = (f"s{at}_{kind}_{part}" for part in ("value", "sources", "evidence"))
            rows.append(
                Fieldset(str(THRESHOLDS[kind]), Div(*names, css_class="govern-three"), css_class="govern-within")
            )
        for number, band in enumerate(score.get("bands", ())):
            names = [f"s{at}_b{number}_label", *([f"s{at}_b{number}_bound"] if _bound_of(band) else [])]
            rows.append(Div(*names, css_class="govern-band"))
        return Fieldset(_("Score %(code)s") % {"code": score["code"]}, *rows)

    def clean(self) -> dict[str, Any]:
        """On what a relevant change rests is said of one that is there."""
        given = super().clean() or {}
        for name in (f"s{at}_{kind}" for at, _score in enumerate(self.scores) for kind in THRESHOLDS):
            if given.get(f"{name}_value") is None and (given.get(f"{name}_sources") or given.get(f"{name}_evidence")):
                self.add_error(f"{name}_value", _("Say from how much on a change matters, or leave its sources empty."))
        return given

    def head(self) -> dict[str, Any]:
        """The instrument as content, without its questions; only of a valid form."""
        given, kept = self.cleaned_data, head_of(self.known)
        scores = [_score(at, score, given) for at, score in enumerate(self.scores)]
        own = {key: given[key] for key in ("title", "help", "direction")}
        changed = {**kept, **own, "official_words": given["official_words"] or None, "scores": scores}
        return {key: value for key, value in changed.items() if value is not None}

    def blame(self, flaws: Iterable[Flaw]) -> None:
        """Put each flaw at the field that it is about."""
        for flaw in flaws:
            field = next((name for name in self._names_of(flaw.part) if name in self.fields), None)
            self.add_error(field, ("" if field else f"{flaw.path}: ") + in_words(flaw.message))

    def _names_of(self, part: str) -> Iterator[str]:
        """The fields that a place in the content may be written in, the likeliest first."""
        words = re.findall(r"\w+", part)
        codes = [score["code"] for score in self.scores]
        if words[:1] == ["scores"] and len(words) > 2:
            at, rest = int(words[1]), words[2:]
        elif words and words[0] in codes:
            at, rest = codes.index(words[0]), words[1:]
        else:
            yield from words[:1]
            return
        if rest[:1] == ["relevant_change"]:
            changes = self.head_scores[at].get("relevant_change", [])
            place = int(rest[1]) if len(rest) > 2 and rest[1].isdigit() else None
            kinds = [changes[place]["kind"]] if place is not None else [one["kind"] for one in changes]
            yield from (f"s{at}_{kind}_{name}" for kind in kinds for name in rest[1:])
        elif rest[:1] == ["bands"]:
            yield f"s{at}_b{rest[1] if len(rest) > 1 else 0}_bound"
        yield from (f"s{at}_{name}" for name in rest)

    @property
    def head_scores(self) -> list[dict[str, Any]]:
        """The scores as they were typed."""
        return [_score(at, score, self.cleaned_data) for at, score in enumerate(self.scores)]


def _fields_of(at: int, score: Entry) -> dict[str, forms.Field]:
    """The fields of the score at this place."""
    fields: dict[str, forms.Field] = {
        f"s{at}_label": WordsField(label=_("Name")),
        f"s{at}_minimum": forms.FloatField(label=_("Lowest")),
        f"s{at}_maximum": forms.FloatField(label=_("Highest")),
        f"s{at}_sources": _sources(),
        f"s{at}_evidence": _evidence(),
    }
    for kind in THRESHOLDS:
        fields[f"s{at}_{kind}_value"] = forms.FloatField(
            label=_("From"), required=False, min_value=0, help_text=_("Empty: unknown.")
        )
        fields[f"s{at}_{kind}_sources"], fields[f"s{at}_{kind}_evidence"] = _sources(), _evidence()
    for number, band in enumerate(score.get("bands", ())):
        fields[f"s{at}_b{number}_label"] = WordsField(label=_("Band %(code)s") % {"code": band["code"]})
        if bound := _bound_of(band):
            fields[f"s{at}_b{number}_bound"] = forms.FloatField(label=BOUNDS[bound])
    return fields


def _bound_of(band: Entry) -> str:
    """On which side the bound of a band lies; empty for the last one, which has none."""
    return next((one for one in BOUNDS if one in band), "")


def _initial(known: Entry) -> dict[str, Any]:
    """What the form shows of an instrument."""
    shown: dict[str, Any] = {key: known.get(key) for key in ("title", "help", "direction", "official_words")}
    for at, score in enumerate(known.get("scores", ())):
        shown |= {f"s{at}_{key}": score.get(key) for key in ("label", "minimum", "maximum", "sources", "evidence")}
        for threshold in score.get("relevant_change", ()):
            parts = ("value", "sources", "evidence")
            shown |= {f"s{at}_{threshold['kind']}_{part}": threshold.get(part) for part in parts}
        for number, band in enumerate(score.get("bands", ())):
            shown[f"s{at}_b{number}_label"] = band.get("label")
            shown[f"s{at}_b{number}_bound"] = band.get(_bound_of(band))
    return {**shown, "seen": instrument_hash(known)}


def _score(at: int, known: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    """A score as content, without what is empty; what no field asks stays as it was."""
    changed = {
        **known,
        "label": given.get(f"s{at}_label"),
        "minimum": _plain(given.get(f"s{at}_minimum")),
        "maximum": _plain(given.get(f"s{at}_maximum")),
        "sources": given.get(f"s{at}_sources") or None,
        "evidence": given.get(f"s{at}_evidence") or None,
        "relevant_change": _changes(at, known, given) or None,
    }
    if "bands" in known:
        changed["bands"] = [_band(f"s{at}_b{number}", band, given) for number, band in enumerate(known["bands"])]
    return {key: value for key, value in changed.items() if value is not None}


def _changes(at: int, known: Entry, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """From how much on a change matters: what was there in its order, then what is new."""
    kinds = dict.fromkeys([*(one["kind"] for one in known.get("relevant_change", ())), *THRESHOLDS])
    return [_change(f"s{at}_{kind}", kind, given) for kind in kinds if given.get(f"s{at}_{kind}_value") is not None]


def _change(name: str, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    parts = {part: given.get(f"{name}_{part}") or None for part in ("sources", "evidence")}
    kept = {key: value for key, value in parts.items() if value is not None}
    return {"kind": kind, "value": _plain(given[f"{name}_value"]), **kept}


def _band(name: str, known: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    bound = _bound_of(known)
    return {
        **known,
        "label": given.get(f"{name}_label"),
        **({bound: _plain(given.get(f"{name}_bound"))} if bound else {}),
    }


def _plain(number: float | None) -> float | None:
    """A number as it is written: a whole one without a point."""
    return int(number) if number is not None and number == int(number) else number


class InstrumentQuestionForm(ChoiceWords, QuestionWords):
    """The words of a question of an instrument. Everything else about it decides what its score measures."""

    def __init__(self, *args: Any, known: Entry, **kwargs: Any) -> None:
        """`known` is the question as it is now."""
        super().__init__(*args, initial=words_of(known) | {"seen": part_hash(known)}, **kwargs)
        self.ask_choices(known)

    def question(self) -> dict[str, Any]:
        """The question as content; only of a valid form."""
        return dict(canonical(self.content()))
