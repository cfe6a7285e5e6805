"""What is asked of a plan template: its phases with their techniques and exercises, goals, measurements and advice."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from plans.domain.editing import Unordered
from plans.domain.parts import Entry, Kind
from plans.domain.protocol import TemplateKind
from plans.forms.asked import (
    BACKING,
    Asked,
    Group,
    Make,
    One,
    Stock,
    Words,
    choice,
    choice_of,
    number,
    regions,
    yes,
)
from plans.forms.fields import WeeksField
from plans.forms.parts import Part
from plans.forms.rows import Rows

TEMPLATE_KINDS = {
    TemplateKind.COURSE.value: _("course"),
    TemplateKind.SELF_MANAGEMENT.value: _("self-management"),
    TemplateKind.FOLLOW_UP.value: _("follow-up"),
}
TARGETS = {"percent": _("at least this many percent lower"), "at_most": _("at most this value")}
AT_INTAKE, IN_WEEK, AT_END = "intake", "week", "end"
MOMENTS = {AT_INTAKE: _("at the intake"), IN_WEEK: _("in week"), AT_END: _("at the end of the last week")}


@dataclass(frozen=True, slots=True)
class TotalWeeks(Asked):
    """How many weeks the phases last together. Nobody types it; what is wrong with it is said at the phases."""

    key: str = "weeks"
    said_at: str = "phases"

    def fields(self, stock: Stock, entry: Entry) -> dict[str, forms.Field]:
        """None: it follows from the phases."""
        return {}

    def shown(self, entry: Entry) -> dict[str, Any]:
        """Nothing in a field."""
        return {}

    def read(self, given: Mapping[str, Any]) -> int:
        """The sum."""
        return weeks_of(given["phases"])

    def said(self, entry: Entry, language: str) -> str:
        """The number."""
        return str(entry.get(self.key, ""))


def weeks_of(phases: Iterable[Entry]) -> int:
    """How many weeks phases last together."""
    return sum(phase["weeks"] for phase in phases)


@dataclass(frozen=True, slots=True)
class Target(Asked):
    """What the measure of a goal should reach: a kind of target with its number, or neither."""

    key: str = "target"

    def fields(self, stock: Stock, entry: Entry) -> dict[str, forms.Field]:
        """Two fields."""
        kinds = [("", _("none")), *TARGETS.items()]
        return {
            "target_kind": forms.ChoiceField(label=_("Target"), choices=kinds, required=False),
            "target_value": forms.FloatField(label=_("Number"), min_value=0, max_value=10_000, required=False),
        }

    def shown(self, entry: Entry) -> dict[str, Any]:
        """Both halves of a target."""
        target = entry.get(self.key) or {}
        return {"target_kind": target.get("kind"), "target_value": target.get("value")}

    def read(self, given: Mapping[str, Any]) -> Any:
        """A target as the content has it."""
        return (
            {"kind": given["target_kind"], "value": whole(given["target_value"])} if given.get("target_kind") else None
        )

    def said(self, entry: Entry, language: str) -> str:
        """The target in words."""
        target = entry.get(self.key) or {}
        return f"{TARGETS.get(target['kind'], target['kind'])}: {target.get('value', '')}" if target.get("kind") else ""

    def wrong(self, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A target without its number, or the other way round."""
        kind, value = given.get("target_kind"), given.get("target_value")
        if kind and value is None and "target_value" in given:
            yield "target_value", gettext("Which number should be reached?")
        if not kind and value is not None and "target_kind" in given:
            yield "target_kind", gettext("Choose what this number means, or leave it out.")


def whole(value: float) -> float:
    """A number, written as a whole one where it is."""
    return int(value) if float(value).is_integer() else value


@dataclass(frozen=True, slots=True)
class Pace(One):
    """Sessions a week: halves and whole ones."""

    def read(self, given: Mapping[str, Any]) -> float:
        """The number, whole where it can be."""
        return whole(given[self.key])


@dataclass(frozen=True, slots=True)
class Moment(Asked):
    """When something is measured: at the intake, which is week 0, in a week, or at the end of the course."""

    key: str = "week"

    def fields(self, stock: Stock, entry: Entry) -> dict[str, forms.Field]:
        """A moment, and the number of a week."""
        return {
            "moment": forms.ChoiceField(label=_("When"), choices=[("", _("choose")), *MOMENTS.items()]),
            "week": forms.IntegerField(label=_("Week"), min_value=1, max_value=260, required=False),
        }

    def shown(self, entry: Entry) -> dict[str, Any]:
        """The moment, and the week where it takes one."""
        moment = _moment_of(entry)
        return {"moment": moment, "week": entry["week"] if moment == IN_WEEK else None}

    def read(self, given: Mapping[str, Any]) -> int | None:
        """The number of the week; None for the end, which depends on the phases."""
        return {AT_INTAKE: 0, AT_END: None}.get(given["moment"], given["week"])

    def said(self, entry: Entry, language: str) -> str:
        """The moment in words."""
        moment = _moment_of(entry)
        return f"{MOMENTS[moment]} {entry['week']}" if moment == IN_WEEK else str(MOMENTS.get(moment, ""))

    def wrong(self, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A week without its number, or a number without a week."""
        moment, week = given.get("moment"), given.get("week")
        if moment == IN_WEEK and week is None and "week" in given:
            yield "week", gettext("Which week?")
        if moment in (AT_INTAKE, AT_END) and week is not None:
            yield "week", gettext("Leave this empty, or choose 'in week'.")


def _moment_of(entry: Entry) -> str:
    if "week" not in entry:
        return ""
    return AT_INTAKE if entry["week"] == 0 else AT_END if entry.get("is_last") else IN_WEEK


@dataclass(frozen=True, slots=True)
class Measurements(Rows):
    """What is measured when. The end of the course moves along with the phases."""

    def entries(self, entry: Entry) -> list[Entry]:
        """The moments; one in the last week is at the end."""
        last = entry.get("weeks")
        return [{**one, "is_last": one["week"] == last} for one in entry.get(self.key) or []]

    def read(self, given: Mapping[str, Any]) -> Any:
        """The moments as content."""
        end = weeks_of(given["phases"])
        return [{"week": end, **one} for one in given[self.key]]


CODE = One("code", lambda _stock: forms.CharField(required=False, widget=forms.HiddenInput))


def _pace(_stock: Stock) -> forms.Field:
    return forms.FloatField(
        label=_("Sessions a week"),
        min_value=0.1,
        max_value=7,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text=_("0.5 is one in two weeks."),
    )


@dataclass(frozen=True, slots=True)
class Instruments(One):
    """What is measured with, as boxes to tick."""

    def read(self, given: Mapping[str, Any]) -> Unordered:
        """The codes; the order in which boxes stand says nothing."""
        return Unordered(given[self.key])


def _instruments(stock: Stock) -> forms.Field:
    return forms.MultipleChoiceField(
        label=_("Instruments"), choices=stock.instruments, widget=forms.CheckboxSelectMultiple
    )


def _weeks(label: Any, help_text: Any) -> Make:
    return lambda _stock: WeeksField(label=label, required=False, help_text=help_text)


def _advice(key: str, title: Any) -> Rows:
    chosen = One("code", choice_of(_("Advice text"), lambda stock: stock.advice))
    return Rows(key, title, _("advice text"), _("Add an advice text"), (chosen,), single="code", unlike="code")


TECHNIQUES = Rows(
    "techniques",
    _("Techniques"),
    _("technique"),
    _("Add a technique"),
    (
        One("code", choice_of(_("Technique"), lambda stock: stock.techniques)),
        One("core", yes(_("Belongs to the phase"), help_text=_("Left out only with a reason."))),
        Words("dose", _("Dose")),
    ),
    unlike="code",
)
EXERCISES = Rows(
    "exercises",
    _("Exercises"),
    _("exercise"),
    _("Add an exercise"),
    (One("code", choice_of(_("Exercise"), lambda stock: stock.exercises)),),
    single="code",
    unlike="code",
)
PHASES = Rows(
    "phases",
    _("Phases"),
    _("phase"),
    _("Add a phase"),
    (
        CODE,
        Words("title", _("Title")),
        Words("aim", _("Aim"), rows=2),
        One("weeks", number(_("Weeks"), 1, 52)),
        Pace("sessions_per_week", _pace),
        TECHNIQUES,
        EXERCISES,
        Words("home_programme", _("Home programme"), rows=3, required=False),
        Words("go_on_when", _("Go on when"), rows=2, required=False),
    ),
    coded="title",
    least=1,
    folded=True,
    help_text=_("In order. Together they are the weeks of the plan: a course lasts 4 to 8 weeks."),
)
GOALS = Rows(
    "goals",
    _("Goals"),
    _("goal"),
    _("Add a goal"),
    (
        CODE,
        Words("text", _("Goal"), rows=2),
        One("measure", choice_of(_("Measured with"), lambda stock: stock.instruments, required=False)),
        Target(),
    ),
    coded="text",
    least=1,
)
MEASUREMENTS = Measurements(
    "measurements",
    _("Measurements"),
    _("measurement"),
    _("Add a measurement"),
    (Moment(), Instruments("instruments", _instruments)),
)

TEMPLATES = Part(
    Kind.TEMPLATE,
    "templates",
    _("plan template"),
    _("Plan templates"),
    _("The plans that rules propose: phases, sessions, techniques, exercises and goals."),
    (
        Group(
            _("What it is"),
            (
                One("kind", choice(_("Kind")), fixed=True, names=TEMPLATE_KINDS),
                Words("title", _("Title")),
                Words("summary", _("Summary"), rows=3),
                One("regions", regions, fixed=True),
            ),
        ),
        Group(
            _("The course"),
            (TotalWeeks(), One("session_minutes", number(_("Minutes per session"), 10, 120)), PHASES, GOALS),
        ),
        Group(
            _("Measuring and evaluating"),
            (
                MEASUREMENTS,
                One("evaluation_weeks", _weeks(_("Evaluation in week"), _("With a space between them."))),
                One("later_check_week", number(_("Later check in week"), 1, 260, required=False)),
            ),
        ),
        Group(
            _("Advice"),
            (
                _advice("advice", _("With the first advice")),
                _advice("prevention", _("Prevention")),
                _advice("safety_net", _("Safety net")),
            ),
        ),
        BACKING,
    ),
    named_by="title",
    columns=(
        (_("Kind"), "kind"),
        (_("Version"), lambda protocol, code: protocol.templates[code].version),
        (_("Weeks"), "weeks"),
        (_("Sessions"), lambda protocol, code: protocol.templates[code].sessions),
    ),
)
