"""What the database of the practice refuses, by the name of each constraint, and what its rows answer."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from hypothesis import given
from hypothesis import strategies as st

from practice.domain.grants import Act, Role
from practice.domain.professions import Competence, Discipline
from practice.models import (
    PracticeSettings,
    PractitionerCompetence,
    PractitionerDiscipline,
    RoleGrant,
    Staff,
    WorkingHours,
)
from practice.models.practitioners import COMPETENCE_NAMES, DISCIPLINE_NAMES
from practice.models.staff import ROLE_NAMES
from tests.factories.practice import (
    AbsenceFactory,
    ClosureFactory,
    HolidayOverrideFactory,
    LocationFactory,
    OpeningHoursFactory,
    PractitionerFactory,
    RoleGrantFactory,
    RoomFactory,
    StaffFactory,
    WorkingHoursFactory,
)

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 11, 23)
MOMENT = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def access_event(**fields: object) -> None:
    apps.get_model("practice", "AccessEvent").objects.create(
        **{"at_utc": MOMENT, "event": "patient_read", "action": "R", "outcome": "allowed"} | fields
    )


def twice(make: Callable[..., models.Model], **same: object) -> None:
    make(**same)
    make(**same)


def discipline(code: str) -> None:
    PractitionerDiscipline.objects.create(practitioner=PractitionerFactory(disciplines=["physiotherapist"]), code=code)


def competence(code: str) -> None:
    PractitionerCompetence.objects.create(practitioner=PractitionerFactory(competences=["taping"]), code=code)


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("access_creates_reads_updates_deletes_or_executes", lambda: access_event(action="X")),
    ("access_is_allowed_or_denied", lambda: access_event(outcome="perhaps")),
    ("access_event_is_sealed_whole_or_not_at_all", lambda: access_event(sequence=1)),
    ("access_event_is_sealed_whole_or_not_at_all", lambda: access_event(hash="ab", prev_hash="cd")),
    ("access_event_is_sealed_whole_or_not_at_all", lambda: access_event(sequence=0, hash="ab", prev_hash="cd")),
    ("email_is_unique_whatever_its_capitals", lambda: [StaffFactory(email=e) for e in ("a@b.nl", "A@b.nl")]),
    ("a_role_is_in_the_table", lambda: StaffFactory(roles=["owner"])),
    (
        "a_role_does_not_end_before_it_begins",
        lambda: RoleGrantFactory(valid_from=DAY, valid_until=DAY - dt.timedelta(days=1)),
    ),
    ("a_role_for_all_locations_is_granted_once", lambda: StaffFactory(roles=["manager", "manager"])),
    (
        "a_role_for_a_location_is_granted_once",
        lambda: twice(RoleGrantFactory, staff=StaffFactory(roles=[]), location=LocationFactory()),
    ),
    ("there_is_one_row_of_settings", lambda: PracticeSettings.objects.create(id=2)),
    ("agb_code_of_practice_has_8_digits", lambda: PracticeSettings.objects.create(agb="1234567")),
    ("agb_code_of_practice_has_8_digits", lambda: PracticeSettings.objects.create(agb="1234567a")),
    ("a_room_has_a_name_of_its_own_at_its_location", lambda: twice(RoomFactory, location=LocationFactory(), name="1")),
    ("a_room_is_of_a_known_kind", lambda: RoomFactory(kind="kitchen")),
    ("a_location_closes_after_it_opens", lambda: OpeningHoursFactory(opens=dt.time(9), closes=dt.time(9))),
    ("a_location_opens_on_a_day_of_the_week", lambda: OpeningHoursFactory(weekday=0)),
    ("a_location_opens_on_a_day_of_the_week", lambda: OpeningHoursFactory(weekday=8)),
    ("a_location_opens_once_at_the_same_time", lambda: twice(OpeningHoursFactory, location=LocationFactory())),
    ("a_closure_ends_after_it_starts", lambda: ClosureFactory(starts=MOMENT, ends=MOMENT)),
    ("a_holiday_is_decided_once_for_the_practice", lambda: twice(HolidayOverrideFactory)),
    ("a_holiday_is_decided_once_for_a_location", lambda: twice(HolidayOverrideFactory, location=LocationFactory())),
    ("agb_code_of_practitioner_has_8_digits", lambda: PractitionerFactory(agb="123456789"[:7])),
    ("agb_code_of_practitioner_has_8_digits", lambda: PractitionerFactory(agb="١٢٣٤٥٦٧٨")),
    ("big_number_has_11_digits", lambda: PractitionerFactory(big="1234567890")),
    ("an_agb_code_belongs_to_one_practitioner", lambda: [PractitionerFactory(agb="04012345") for _ in "ab"]),
    ("a_big_number_belongs_to_one_practitioner", lambda: [PractitionerFactory(big="19012345604") for _ in "ab"]),
    ("a_discipline_is_listed_once", lambda: discipline("physiotherapist")),
    ("a_discipline_has_a_known_code", lambda: discipline("osteopath")),
    ("a_competence_is_listed_once", lambda: competence("taping")),
    ("a_competence_has_a_known_code", lambda: competence("cupping")),
    ("work_ends_after_it_starts", lambda: WorkingHoursFactory(starts=dt.time(9), ends=dt.time(8))),
    ("work_is_on_a_day_of_the_week", lambda: WorkingHoursFactory(weekday=8)),
    (
        "working_hours_do_not_end_before_they_begin",
        lambda: WorkingHoursFactory(valid_from=DAY, valid_until=DAY - dt.timedelta(days=1)),
    ),
    ("work_repeats_every_1_to_8_weeks", lambda: WorkingHoursFactory(every_n_weeks=0)),
    ("work_repeats_every_1_to_8_weeks", lambda: WorkingHoursFactory(every_n_weeks=9)),
    ("an_absence_ends_after_it_starts", lambda: AbsenceFactory(starts=MOMENT, ends=MOMENT)),
]
CONSTRAINTS = {
    constraint.name: constraint
    for model in apps.get_app_config("practice").get_models()
    for constraint in model._meta.constraints
}


@pytest.mark.parametrize(("name", "write"), REFUSED)
def test_the_database_refuses(name: str, write: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        write()
    if connection.vendor == "postgresql" or isinstance(CONSTRAINTS[name], models.CheckConstraint):
        assert name in str(refusal.value)


def test_every_constraint_is_tried() -> None:
    assert {name for name, _write in REFUSED} == set(CONSTRAINTS)


@pytest.mark.parametrize(
    "write",
    [
        lambda: RoleGrantFactory(valid_from=DAY, valid_until=DAY),
        lambda: [RoleGrantFactory(staff=StaffFactory(roles=[]), location=place) for place in (None, LocationFactory())],
        lambda: [PractitionerFactory() for _ in "ab"],
        lambda: PractitionerFactory(agb="04012345", big="19012345604"),
        lambda: PracticeSettings.objects.create(agb="04012345"),
        lambda: [OpeningHoursFactory(weekday=day) for day in (1, 7)],
        lambda: [WorkingHoursFactory(every_n_weeks=weeks) for weeks in (1, 8)],
        lambda: WorkingHoursFactory(valid_from=DAY, valid_until=DAY),
        lambda: [HolidayOverrideFactory(location=place) for place in (None, LocationFactory(), LocationFactory())],
    ],
)
def test_the_database_accepts_what_lies_on_the_boundary(write: Callable[[], object]) -> None:
    write()


@pytest.mark.parametrize(
    ("names", "codes"),
    [(ROLE_NAMES, Role), (DISCIPLINE_NAMES, Discipline), (COMPETENCE_NAMES, Competence)],
)
def test_every_code_has_a_name(names: dict, codes: type) -> None:
    assert set(names) == set(codes)


def test_a_role_is_held_from_its_first_to_its_last_day() -> None:
    staff = StaffFactory(roles=[])
    RoleGrantFactory(staff=staff, role="manager", valid_from=DAY, valid_until=DAY + dt.timedelta(days=1))
    held = [staff.roles_on(DAY + dt.timedelta(days=days)) for days in (-1, 0, 1, 2)]
    assert held == [frozenset(), {Role.MANAGER}, {Role.MANAGER}, frozenset()]


def test_rights_come_from_the_roles_that_are_held_today(time_machine) -> None:
    staff = StaffFactory(roles=["front_desk"])
    RoleGrantFactory(staff=staff, role="manager", valid_from=DAY, valid_until=DAY)
    # Midnight is the practice's, not Greenwich's: 22:59 UTC on the 22nd is one minute to midnight in Amsterdam.
    for moment, manages in [("2026-11-22T22:59Z", False), ("2026-11-22T23:00Z", True), ("2026-11-23T23:00Z", False)]:
        time_machine.move_to(dt.datetime.fromisoformat(moment), tick=False)
        assert Staff.objects.get(pk=staff.pk).may(Act.REVIEW_PLAN) is manages


def test_who_left_may_nothing() -> None:
    assert not StaffFactory(roles=["manager"], is_active=False).may(Act.SEE_TODAY)


def test_a_person_with_roles_at_one_location_works_there() -> None:
    staff, place = StaffFactory(roles=[]), LocationFactory()
    for role in ("manager", "physiotherapist"):
        RoleGrantFactory(staff=staff, role=role, location=place)
    assert staff.only_location_id == place.pk
    RoleGrant.objects.create(staff=staff, role="front_desk")
    assert Staff.objects.get(pk=staff.pk).only_location_id is None


def test_a_practitioner_knows_the_codes_of_disciplines_and_competences() -> None:
    practitioner = PractitionerFactory(disciplines=["manual_therapist"], competences=["taping", "manipulation"])
    assert practitioner.discipline_codes == {"manual_therapist"}
    assert practitioner.competence_codes == {"taping", "manipulation"}


def test_a_practice_that_has_set_nothing_has_settings_all_the_same() -> None:
    assert PracticeSettings.objects.current().review_before_care is False
    PracticeSettings.objects.create(name="Rug & Co", review_before_care=True)
    assert PracticeSettings.objects.current().name == "Rug & Co"


@given(
    weekday=st.integers(1, 7),
    every=st.integers(1, 8),
    valid_from=st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
    lasts=st.none() | st.integers(0, 200),
    first=st.dates(dt.date(2025, 12, 1), dt.date(2027, 1, 31)),
    days=st.integers(-1, 120),
)
def test_what_comes_back_is_there_on_its_weekday_in_its_weeks_while_it_holds(
    weekday: int, every: int, valid_from: dt.date, lasts: int | None, first: dt.date, days: int
) -> None:
    valid_until = None if lasts is None else valid_from + dt.timedelta(lasts)
    row = WorkingHours(weekday=weekday, every_n_weeks=every, valid_from=valid_from, valid_until=valid_until)
    first_week = valid_from - dt.timedelta(valid_from.weekday())
    stretch = [first + dt.timedelta(day) for day in range(days + 1)]
    assert list(row.dates(first, first + dt.timedelta(days))) == [
        date
        for date in stretch
        if date.isoweekday() == weekday
        and valid_from <= date <= (valid_until or dt.date.max)
        and (date - first_week).days // 7 % every == 0
    ]


def test_what_begins_at_midnight_is_called_after_the_day_that_begins_then() -> None:
    assert str(ClosureFactory(reason="Kerst")) == "25-12-2026 Kerst"
    assert str(AbsenceFactory()).endswith(": 23-11-2026")
