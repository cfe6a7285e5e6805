"""The rows that the security tests open addresses with. **Who adds an address with an argument adds it here.**

`Rows` makes one of everything for the team of a location. The tests make one for the location where they sign people
in, which those may see, and one for another location, which must not be found.
"""

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from uuid import uuid4

from django.utils import timezone

from intake.models import Intake, PatientLink, QuestionnaireVersion
from patients.models import Episode, Patient
from plans import actions
from plans.actions import governing, questionnaires, replaying
from plans.domain.expectation import Expectation
from plans.models import Letter, PatientAlarm, Plan, ProtocolCase, ProtocolVersion, Referral, Replay
from practice import audit
from practice.models import AccessEvent, Location, PracticeSettings, Staff
from scheduling import actions as scheduling_actions
from scheduling.models import Appointment, AppointmentKind, CalendarFeed, Offer, Series, WaitingListEntry
from tests.factories.intake import IntakeFactory, published, sent_link
from tests.factories.patients import EpisodeFactory, ExternalProviderFactory, PatientFactory
from tests.factories.plans import adopted, alarm, suggested
from tests.factories.practice import (
    AbsenceFactory,
    ClosureFactory,
    HolidayOverrideFactory,
    LocationFactory,
    PractitionerFactory,
    RoleGrantFactory,
    RoomFactory,
    StaffFactory,
    WorkingHoursFactory,
)
from tests.factories.scheduling import AppointmentFactory, RecurringBlockFactory

TEMPLATE = "low_back_acute_profile_2"


class Rows:
    """One of everything, made when it is asked for, for the team of one location."""

    def __init__(self, place: Location) -> None:
        self.place = place

    @cached_property
    def therapist(self) -> Staff:
        """Who treats here, and is the author of all that is written."""
        return RoleGrantFactory(location=self.place).staff

    @cached_property
    def patient(self) -> Patient:
        """A patient whom this team treats."""
        return PatientFactory(location=self.place, gp=ExternalProviderFactory())

    @cached_property
    def episode(self) -> Episode:
        """An open episode without an intake."""
        return EpisodeFactory(patient=self.patient, location=self.place)

    @cached_property
    def draft(self) -> Intake:
        """An intake without answers."""
        return IntakeFactory(episode=EpisodeFactory(patient=self.patient), author=self.therapist)

    @cached_property
    def intake(self) -> Intake:
        """A completed intake, with a reason to write to the GP and its suggestion."""
        episode = EpisodeFactory(patient=self.patient)
        return suggested({"night_pain": True}, episode=episode, author=self.therapist).intake

    @cached_property
    def referral(self) -> Referral:
        """A referral to the GP."""
        suggestion = actions.latest_suggestion(self.intake)
        return actions.draft_referral(
            suggestion=suggestion, discipline="gp", language="nl", by=self.therapist, now=timezone.now()
        )

    @cached_property
    def letter(self) -> Letter:
        """The letter of that referral, not signed."""
        return Letter.objects.get(referral=self.referral)

    @cached_property
    def plan(self) -> Plan:
        """An active plan, adopted as the template proposes it."""
        return adopted(actions.latest_suggestion(self.intake))

    @cached_property
    def making(self) -> ProtocolVersion:
        """A protocol that is being written."""
        version = ProtocolVersion.objects.get(pk=self.plan.protocol_version_id)
        return governing.draft_protocol(of=version, by=StaffFactory(roles=["manager"]), now=timezone.now())

    @cached_property
    def asking(self) -> QuestionnaireVersion:
        """A questionnaire that is being written."""
        by = StaffFactory(roles=["manager"])
        return questionnaires.draft_questionnaire(of=published(), by=by, now=timezone.now())

    @cached_property
    def replay(self) -> Replay:
        """A replay of it that waits."""
        return replaying.ask_replay(version=self.making, by=self.making.drafted_by, now=timezone.now())

    @cached_property
    def case(self) -> ProtocolCase:
        """A test case of a protocol."""
        now, by = timezone.now(), StaffFactory(roles=["manager"])
        case = ProtocolCase(protocol="back_pain", title=f"Geval {uuid4()}", answers={})
        case.questionnaire = published().code
        return governing.save_case(case=case, expected=Expectation(urgency="none"), seen=0, by=by, now=now)

    @cached_property
    def series(self) -> Series:
        """A proposal for the visits of the plan, in an agenda without anybody who works."""
        return scheduling_actions.hold_series(
            plan=self.plan, placements=[], request_key=uuid4(), by=self.therapist, now=timezone.now()
        )

    @cached_property
    def link(self) -> PatientLink:
        """A personal link that was sent."""
        return sent_link(self.episode)[0]

    @cached_property
    def appointment(self) -> Appointment:
        """A visit that is booked and still to come."""
        soon = timezone.now() + dt.timedelta(days=30)
        return AppointmentFactory(patient=self.patient, location=self.place, starts=soon)

    @cached_property
    def waiting(self) -> WaitingListEntry:
        """Somebody who wants to come earlier."""
        return scheduling_actions.want_earlier(appointment=self.appointment, by=self.therapist, now=timezone.now())

    @cached_property
    def offer(self) -> Offer:
        """A place that became free, offered."""
        now = timezone.now()
        gone = AppointmentFactory(
            patient=PatientFactory(location=self.place),
            location=self.place,
            starts=now + dt.timedelta(days=10),
            state="cancelled",
            cancelled_at=now,
        )
        return scheduling_actions.offer_place(entry=self.waiting, freed=gone, by=self.therapist, now=now)

    @cached_property
    def alarm(self) -> PatientAlarm:
        """An alarm that waits for a contact."""
        return alarm(sent_link(EpisodeFactory(patient=self.patient, location=self.place))[0])


Maker = Callable[[Rows], object]

# An argument of an address, by its name: what it stands for wherever it is used.
ARGUMENTS: dict[str, Maker] = {
    "patient_id": lambda rows: rows.patient.pk,
    "episode_id": lambda rows: rows.episode.pk,
    "intake_id": lambda rows: rows.intake.pk,
    "plan_id": lambda rows: rows.plan.pk,
    "referral_id": lambda rows: rows.referral.pk,
    "letter_id": lambda rows: rows.letter.pk,
    "link_id": lambda rows: rows.link.pk,
    "alarm_id": lambda rows: rows.alarm.pk,
    "appointment_id": lambda rows: rows.appointment.pk,
    "series_id": lambda rows: rows.series.pk,
    "entry_id": lambda rows: rows.waiting.pk,
    "offer_id": lambda rows: rows.offer.pk,
    "template": lambda rows: TEMPLATE,
    "discipline": lambda rows: "gp",
    "section": lambda rows: "complaint",
    "staff_id": lambda rows: StaffFactory().pk,
    "token": lambda rows: "a-token-that-was-never-given",
    "number": lambda rows: 1,
    "version_id": lambda rows: rows.making.pk,
    "replay_id": lambda rows: rows.replay.pk,
    "case_id": lambda rows: rows.case.pk,
    "code": lambda rows: rows.making.protocol.rules[0].code,
    "kind": lambda rows: "red_flag",
    "questionnaire_id": lambda rows: rows.asking.pk,
    "question": lambda rows: "pain_side",
    "instrument": lambda rows: "nprs",
    "part": lambda rows: "techniques",
}

# Arguments that do not stand for a row which some may see and others may not.
NOT_SCOPED = {"staff_id", "app_label", "object_id", "content_type_id", "token", "number"}
NOT_SCOPED |= {"template", "discipline", "section", "version_id", "replay_id", "case_id", "code", "kind", "part"}
NOT_SCOPED |= {"questionnaire_id", "question", "instrument"}


def _protocol_part(rows: Rows) -> dict[str, object]:
    return {"version_id": rows.making.pk, "part": "techniques", "code": next(iter(rows.making.protocol.techniques))}


def _measurements(rows: Rows) -> dict[str, object]:
    return {"questionnaire_id": rows.asking.pk, "section": "measurements"}


# Addresses that need other rows than their arguments usually stand for: all their arguments at once.
ADDRESSES: dict[str, Callable[[Rows], dict[str, object]]] = {
    "intake": lambda rows: {"intake_id": rows.draft.pk},
    "intake_complete": lambda rows: {"intake_id": rows.draft.pk},
    "intake_region": lambda rows: {"intake_id": rows.draft.pk},
    "intake_section": lambda rows: {"intake_id": rows.draft.pk, "section": "complaint"},
    "prepared": lambda rows: {"intake_id": rows.draft.pk},
    "admin:plans_protocolversion_part": _protocol_part,
    "admin:plans_protocolversion_part_remove": _protocol_part,
    "admin:intake_questionnaireversion_instrument_add": _measurements,
    "admin:app_list": lambda rows: {"app_label": "practice"},
    "admin:view_on_site": lambda rows: {"content_type_id": 1, "object_id": "1"},
}


def _access_event(rows: Rows) -> object:
    audit.record(by=None, event="patient_read", action="R", now=timezone.now())
    return AccessEvent.objects.latest("id").pk


def _practitioner(rows: Rows) -> object:
    return AbsenceFactory(practitioner=WorkingHoursFactory().practitioner).practitioner_id


def _feed(rows: Rows) -> object:
    practitioner = PractitionerFactory()
    scheduling_actions.make_feed(practitioner=practitioner, by=practitioner.staff, now=timezone.now())
    return CalendarFeed.objects.get(practitioner=practitioner).pk


def _questionnaire_version(rows: Rows) -> object:
    """One version more each time; a copy of the one in use that is not."""
    version = published()
    number = QuestionnaireVersion.objects.filter(code=version.code).count()
    version.pk, version.version, version.status = None, version.version + number, "retired"
    version.save(force_insert=True)
    return version.pk


# A row of each table in the admin.
ADMIN_ROWS: dict[str, Maker] = {
    "practice.staff": lambda rows: StaffFactory().pk,
    "practice.location": lambda rows: RoomFactory().location_id,
    "practice.closure": lambda rows: ClosureFactory().pk,
    "practice.holidayoverride": lambda rows: HolidayOverrideFactory(location=LocationFactory()).pk,
    "practice.practicesettings": lambda rows: PracticeSettings.objects.get_or_create(id=1)[0].pk,
    "practice.practitioner": _practitioner,
    "practice.accessevent": _access_event,
    "patients.patient": lambda rows: rows.patient.pk,
    "patients.episode": lambda rows: rows.episode.pk,
    "patients.externalprovider": lambda rows: rows.patient.gp_id,
    "intake.questionnaireversion": _questionnaire_version,
    "plans.plan": lambda rows: rows.plan.pk,
    "plans.openintake": lambda rows: rows.draft.pk,
    "plans.plantoreview": lambda rows: rows.plan.current_revision_id,
    "plans.protocolcase": lambda rows: rows.case.pk,
    "scheduling.appointmentkind": lambda rows: AppointmentKind.objects.named("session").pk,
    "scheduling.recurringblock": lambda rows: RecurringBlockFactory().pk,
    "scheduling.calendarfeed": _feed,
    "scheduling.plantoschedule": lambda rows: rows.plan.pk,
    "plans.protocolversion": lambda rows: ProtocolVersion.objects.get(pk=rows.plan.protocol_version_id).pk,
}

# Addresses that refuse or do not find an empty request even by those who may open them, each with its reason.
NEEDS_MORE: dict[str, str] = {
    "calendar_feed": "an address that was never given is not there",
    "own_leave_remove": "there is no leave to take back",
    "admin:autocomplete": "Django refuses it without the field that asks",
    "admin:view_on_site": "there is no page of this row on the site",
    "admin:practice_practicesettings_add": "the one row of settings is there already",
    "admin:plans_protocolversion_part_remove": "a part is not removed by who does not say to have seen it as it is",
}


def arguments_of(name: str, names: tuple[str, ...], table: str, rows: Rows) -> dict[str, object]:
    """The arguments with which an address is opened; a missing maker fails with what to add."""
    if name in ADDRESSES:
        return ADDRESSES[name](rows)
    made = {}
    for argument in names:
        maker = ADMIN_ROWS.get(table) if argument == "object_id" else ARGUMENTS.get(argument)
        assert maker, f"{name} takes {argument} {table}: add how to make one to tests/security/objects.py"
        made[argument] = maker(rows)
    return made


def is_scoped(names: tuple[str, ...]) -> bool:
    """Whether an address opens a row that some may see and others may not."""
    return bool(set(names) - NOT_SCOPED)
