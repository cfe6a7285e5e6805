"""Test data of the plans app: completed intakes with their suggestion, choices for a plan, and adopted plans."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from intake import actions as intake_actions
from intake.domain.items import Item
from intake.models import Intake, PatientLink
from plans import actions
from plans.actions import GoalChoice, PlanChoice
from plans.domain.plan import template_choices
from plans.domain.protocol import Protocol, compose
from plans.management.content_files import read_protocol_content
from plans.models import PatientAlarm, Plan, ProtocolVersion, Suggestion
from tests.factories.intake import IntakeFactory, published, sent_link

CONTENT = settings.BASE_DIR / "plans" / "content" / "back_pain"
ACUTE = "low_back_acute_profile_2"
QUIET = {
    "request_for_help": "Weer zonder pijn werken",
    "weeks_since_onset": 2,
    "course": "unchanged",
    "nprs": 5,
    "limited_activities": ["lifting", "work"],
    "screening": "no_concern",
    "physiotherapy_indication": True,
    "psychosocial_dominant": False,
}


@cache
def shipped_protocol() -> Protocol:
    """The protocol for back pain in the content files."""
    return compose(read_protocol_content(CONTENT))


def published_protocol() -> ProtocolVersion:
    """The shipped protocol, published in the test's database."""
    actions.publish_protocol(protocol=shipped_protocol(), now=timezone.now())
    return ProtocolVersion.objects.get(code="back_pain", status="published")


def quiet_answer(item: Item) -> Any:
    """An answer that a question allows, without any alarm in it."""
    if item.choices:
        first = item.choices[0].code
        return [first] if item.kind.value == "choices" else first
    return {"yes_no": False, "number": item.minimum, "scale": 3}.get(item.kind.value, "tekst")


def draft(answers: Mapping[str, Any] | None = None, *, region: str = "low_back", **fields: Any) -> Intake:
    """A draft intake in which every required question is answered; quietly, unless `answers` say otherwise."""
    intake = IntakeFactory(questionnaire_version=published(region), **fields)
    given = {**QUIET, **(answers or {})}
    while given:
        for section in intake.questionnaire.sections:
            values = {item.code: given[item.code] for item in section.items if item.code in given}
            if values:
                record(intake, section.code, values)
        intake = Intake.objects.with_patient().get(pk=intake.pk)
        given = {item.code: quiet_answer(item) for item in intake.missing()}
    return intake


def record(intake: Intake, section: str, values: Mapping[str, Any]) -> None:
    """Save these answers of one section, as its author."""
    intake_actions.save_section(
        intake=intake, section=section, values=values, base={}, by=intake.author, now=timezone.now()
    )


def suggested(answers: Mapping[str, Any] | None = None, *, reason: str = "", **fields: Any) -> Suggestion:
    """The suggestion of a completed intake with these answers. `reason` completes it though a flag is open."""
    published_protocol()
    intake = draft(answers, **fields)
    return actions.complete_intake(intake=intake, by=intake.author, now=timezone.now(), reason=reason)


def choice(suggestion: Suggestion, template: str = ACUTE, **changes: Any) -> PlanChoice:
    """A choice that keeps to the template, save for `changes`: fields of the choice, or of a phase by its code."""
    kept = suggestion.protocol_version.protocol.templates[template]
    codes = {phase.code for phase in kept.phases}
    phases = tuple(replace(phase, **changes.get(phase.code, {})) for phase in template_choices(kept))
    fields = {name: value for name, value in changes.items() if name not in codes}
    return replace(
        PlanChoice(
            template=template,
            phases=phases,
            session_minutes=kept.session_minutes,
            main_goal=GoalChoice(text="Weer een volle dag werken", measure="nprs", baseline=5, target=2, due_week=4),
            discussed_with_patient=True,
        ),
        **fields,
    )


def adopted(
    suggestion: Suggestion | None = None, template: str = ACUTE, fields: Mapping[str, Any] | None = None, **changes: Any
) -> Plan:
    """A plan adopted by the author of the intake. `fields` are of a new intake, `changes` those of `choice`."""
    suggestion = suggestion or suggested(**(fields or {}))
    return actions.adopt(
        suggestion=suggestion,
        choice=choice(suggestion, template, **changes),
        by=suggestion.by,
        now=timezone.now(),
    )


def alarm(link: PatientLink | None = None) -> PatientAlarm:
    """The alarm of a patient who says to have a numb saddle area."""
    published_protocol()
    link = link or sent_link()[0]
    actions.save_prepared_page(link=link, section="red_flags", values={"saddle_numbness": True}, now=timezone.now())
    return PatientAlarm.objects.get(link=link)
