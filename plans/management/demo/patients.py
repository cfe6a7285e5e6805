"""Made-up patients: registered, asked, screened and treated through the same actions as on screen."""

import datetime as dt
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from django.utils.timezone import localtime

from intake import actions as intake_actions
from intake.actions import Taken
from intake.models import Intake, QuestionnaireVersion
from patients import actions as patient_actions
from patients.actions import NewProvider
from patients.domain.bsn import passes_11_test
from patients.models import Episode, Patient
from plans import actions
from plans.actions import GoalChoice, PlanChoice
from plans.domain.plan import PhaseChoice, template_choices
from plans.domain.trace import may_be_followed_up
from plans.management.demo.practice import person
from plans.models import Plan, Suggestion
from plans.reading import baselines_of
from practice.models import Location, Practitioner, Staff

FIRST_BSN = 900_000_000  # a made-up row; the 11-test picks the numbers in it


@dataclass
class Clock:
    """The moments at which things happened to one patient, always before `now`."""

    at: dt.datetime
    now: dt.datetime

    @classmethod
    def days_ago(cls, days: int, now: dt.datetime, chance: Random) -> "Clock":
        """A moment in the working hours of a weekday that many days ago; today: an hour or two ago."""
        if not days:
            return cls(now - dt.timedelta(minutes=chance.randrange(70, 130)), now)
        day = localtime(now) - dt.timedelta(days=days)
        day -= dt.timedelta(days=max(0, day.weekday() - 4))
        return cls(day.replace(hour=chance.randrange(9, 16), minute=chance.randrange(0, 60, 5)), now)

    def later(self, *, minutes: int = 0, days: int = 0) -> dt.datetime:
        """Let time pass, and give back the moment it then is."""
        self.at = min(self.at + dt.timedelta(minutes=minutes, days=days), self.now)
        return self.at


class Records:
    """Adds the patients of the demo, one after the other."""

    def __init__(self, content: dict[str, Any], location: Location, *, now: dt.datetime, seed: int) -> None:
        """`seed` decides on what the content leaves open: times, phone numbers, practices of GPs."""
        self.content, self.location, self.now = content, location, now
        self.chance = Random(seed)  # noqa: S311 - made-up data
        self.bsns = (str(number) for number in range(FIRST_BSN, FIRST_BSN + 10_000) if passes_11_test(str(number)))

    def add(self, row: dict[str, Any]) -> Patient:
        """Register a patient, open an episode, and do what the row says happened next."""
        clock = Clock.days_ago(row["days_ago"], self.now, self.chance)
        therapist = Practitioner.objects.get(staff=person(row["therapist"]))
        patient = self._register(row["name"], clock)
        episode = self._open_episode(patient, row, therapist, clock)
        if "prepared" in row:
            self._prepare(episode, row["prepared"], clock)
        if "intake" in row:
            intake = self._record(episode, row, therapist.staff, clock)
            self._go_on(intake, row["then"], therapist.staff, clock)
        return patient

    def _register(self, name: dict[str, Any], clock: Clock) -> Patient:
        details = {key: value for key, value in name.items() if key not in ("age", "birthday")}
        number = self.chance.randrange(10_000, 99_999)
        return patient_actions.register(
            details={
                **details,
                "birth_date": self._birth_date(name["age"], name["birthday"]),
                "identity_document": "passport",
                "identity_document_ending": f"{number % 1000:03}",
                "street": self.chance.choice(["Dorpsstraat", "Brugstraat", "Lindelaan", "Kanaalweg", "Singel"]),
                "house_number": str(self.chance.randrange(1, 200)),
                "postcode": f"35{self.chance.randrange(11, 85)} AB",
                "city": "Utrecht",
                "phone": f"+316123{number}",
                "email": f"patient{number}@example.org",
                "insurer": self.chance.choice(self.content["insurers"]),
                "policy_number": f"DEMO{number}",
            },
            location=self.location,
            by=person("karim"),
            now=clock.at,
            bsn=next(self.bsns),
            new_gp=NewProvider(name=self.chance.choice(self.content["gps"]), city="Utrecht"),
            consents={"treatment": "given", "share_with_gp": "given", "email_reminders": "given"},
        )

    def _birth_date(self, age: int, birthday: str) -> dt.date:
        """The date on which somebody of this age today was born."""
        today = localtime(self.now).date()
        month, day = (int(part) for part in birthday.split("-"))
        return dt.date(today.year - age - ((month, day) > (today.month, today.day)), month, day)

    def _open_episode(self, patient: Patient, row: dict[str, Any], therapist: Practitioner, clock: Clock) -> Episode:
        referred = row.get("route") == "referral"
        return patient_actions.open_episode(
            patient=patient,
            route="referral" if referred else "direct_access",
            practitioner=therapist,
            location=self.location,
            by=person("karim"),
            now=clock.later(minutes=5),
            referrer=patient.gp,
            referred_on=localtime(clock.at).date() - dt.timedelta(days=3),
        )

    def _prepare(self, episode: Episode, prepared: dict[str, Any], clock: Clock) -> None:
        """What the patient answered at home, by a personal link that the front desk sent."""
        link, token = intake_actions.send_patient_link(
            episode=episode, language="nl", by=person("karim"), now=clock.later(minutes=5)
        )
        opened = intake_actions.open_patient_link(
            token=token, birth_date=episode.patient.birth_date, now=clock.later(minutes=10)
        )
        version = QuestionnaireVersion.objects.published().get(code=prepared["questionnaire"])
        intake_actions.choose_prepared_questionnaire(link=link, questionnaire_version=version, now=clock.at)
        link.refresh_from_db()
        for section, values in prepared["answers"].items():
            actions.save_prepared_page(link=link, section=section, values=values, now=clock.later(minutes=2))
        if opened and prepared["finished"]:
            actions.hand_in_prepared(link=link, now=clock.later(minutes=1))

    def _record(self, episode: Episode, row: dict[str, Any], by: Staff, clock: Clock) -> Intake:
        """Start the intake and save its sections in the order of the page."""
        version = QuestionnaireVersion.objects.published().get(code=row["intake"])
        intake = intake_actions.start(episode=episode, questionnaire_version=version, by=by, now=clock.later(minutes=5))
        until = row["then"].get("draft")
        answers = {**({} if until else self.content["usual"]), **row["answers"]}
        for section in intake.questionnaire.sections:
            values = {item.code: answers.pop(item.code) for item in section.items if item.code in answers}
            if values:
                intake_actions.save_section(
                    intake=intake, section=section.code, values=values, base={}, by=by, now=clock.later(minutes=2)
                )
            if section.code in self.content["rest_as_no"]:
                saved = Intake.objects.get(pk=intake.pk)
                codes = [item.code for item in saved.missing()]
                intake_actions.record_rest(
                    intake=saved, section=section.code, codes=codes, how="no", by=by, now=clock.at
                )
        if answers:
            raise ValueError(f"{row['intake']} does not ask {sorted(answers)}")
        return Intake.objects.get(pk=intake.pk)

    def _go_on(self, intake: Intake, then: dict[str, Any], by: Staff, clock: Clock) -> None:
        """What happened after the answers: nothing yet, or a contact, completion and a decision."""
        if "draft" in then:
            return
        if "contact" in then:
            self._contact(intake, then["contact"], by, clock)
        suggestion = actions.complete_intake(
            intake=intake, by=by, now=clock.later(minutes=4), reason=then.get("complete", "")
        )
        if "refer" in then:
            actions.draft_referral(
                suggestion=suggestion, discipline=then["refer"], language="nl", by=by, now=clock.later(minutes=2)
            )
        if "no_course" in then:
            actions.end_without_course(suggestion=suggestion, **then["no_course"], by=by, now=clock.later(minutes=2))
        if "adopt" in then:
            self._live(self._adopt(suggestion, then["adopt"], by, clock), then["adopt"], by, clock)

    def _contact(self, intake: Intake, contact: dict[str, Any], by: Staff, clock: Clock) -> None:
        """A contact about everything that holds treatment so far."""
        at = clock.later(minutes=6)
        actions.record_follow_up(
            intake=intake,
            flags=may_be_followed_up(actions.preview(intake=intake).to_json()),
            **contact,
            reached_at=at - dt.timedelta(minutes=3),
            by=by,
            now=at,
        )

    def _adopt(self, suggestion: Suggestion, adopt: dict[str, Any], by: Staff, clock: Clock) -> Plan:
        template = suggestion.protocol_version.protocol.templates[adopt["template"]]
        answers = suggestion.intake.answers()
        measure, baseline = baselines_of(suggestion.intake)["psk"]
        choice = PlanChoice(
            template=template.code,
            phases=tuple(_changed(phase, adopt) for phase in template_choices(template)),
            session_minutes=adopt.get("session_minutes", template.session_minutes),
            main_goal=GoalChoice(
                text=answers["goal_activity"],
                measure=measure,
                baseline=baseline,
                target=adopt["target"],
                due_week=answers["goal_weeks"],
            ),
            reasons={what: tuple(reason) for what, reason in adopt.get("reasons", {}).items()},
            consents_to_special_procedures=True,
            discussed_with_patient=True,
        )
        return actions.adopt(suggestion=suggestion, choice=choice, by=by, now=clock.later(minutes=5))

    def _live(self, plan: Plan, adopt: dict[str, Any], by: Staff, clock: Clock) -> None:
        """What became of the plan: its review, a pause, its end."""
        if adopt["review"] != "submitted":
            actions.review(
                revision=plan.current_revision,
                to=adopt["review"],
                comment=adopt.get("comment", ""),
                by=person("marieke"),
                now=clock.later(days=1),
                managers=1,
            )
        for measured in adopt.get("measured", ()):
            self._measure(plan, measured, by, clock)
        if adopt.get("pause"):
            actions.pause(plan=plan, by=by, now=clock.later(days=7))
        if "end" in adopt:
            actions.end(plan=plan, to=adopt["end"], reason="", by=by, now=clock.later(days=adopt["after_days"]))

    def _measure(self, plan: Plan, measured: dict[str, Any], by: Staff, clock: Clock) -> None:
        """Outcome measures that were taken again, so many days after what happened before."""
        at = clock.later(days=measured["after_days"])
        taken = Taken(on=localtime(at).date(), answers=measured["answers"], chart=measured.get("chart"))
        intake_actions.measure(intake=Intake.objects.get(pk=plan.intake_id), taken=taken, by=by, now=at)


def _changed(phase: PhaseChoice, adopt: dict[str, Any]) -> PhaseChoice:
    """The phase with what this plan does otherwise."""
    return replace(
        phase,
        weeks=adopt.get("weeks", {}).get(phase.code, phase.weeks),
        sessions_per_week=adopt.get("sessions_per_week", {}).get(phase.code, phase.sessions_per_week),
        techniques=(*phase.techniques, *adopt.get("add", {}).get(phase.code, ())),
    )
