"""The practice in the back office: rights from the table of grants, everything in the access log."""

import re
from io import StringIO

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from practice import audit
from practice.domain.grants import Act, Role, may
from practice.models import AccessEvent, Location, PracticeSettings, RoleGrant, Staff
from tests.factories.practice import (
    AbsenceFactory,
    ClosureFactory,
    HolidayOverrideFactory,
    LocationFactory,
    PractitionerFactory,
    RoomFactory,
    StaffFactory,
    WorkingHoursFactory,
)
from tests.practice.test_audit import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client: Client) -> Staff:
    staff = StaffFactory(name="Bas Jansen", roles=["administrator"])
    client.force_login(staff)
    return staff


def rows_of(prefix: str, count: int) -> dict[str, str]:
    return {f"{prefix}-TOTAL_FORMS": str(count), f"{prefix}-INITIAL_FORMS": "0"}


def staff_page(staff: Staff | None = None) -> str:
    if staff is None:
        return reverse("admin:practice_staff_add")
    return reverse("admin:practice_staff_change", args=[staff.pk])


def form_of(client: Client, address: str) -> dict[str, str]:
    """What a browser would send back from this page unchanged."""
    page = client.get(address)
    forms = [page.context["adminform"].form, *(inline.formset for inline in page.context["inline_admin_formsets"])]
    fields = [field for form in forms for field in _fields(form)]
    return {field.html_name: "" if field.value() is None else str(field.value()) for field in fields if field.value()}


def _fields(form):
    if hasattr(form, "management_form"):
        inner = [form.management_form, *form.initial_forms]
        return [field for one in inner for field in one]
    return list(form)


def test_a_new_employee_gets_a_temporary_password_that_is_shown_once(client: Client, administrator: Staff) -> None:
    fields = {"name": "Tom Vos", "email": "tom@example.org", "is_active": "on"} | rows_of("role_grants", 1)
    role = {"role_grants-0-role": "physiotherapist", "role_grants-0-valid_from": "2020-01-06"}
    page = client.post(staff_page(), fields | role)
    password = re.search(r"<code>([\w-]+)</code>", page.content.decode()).group(1)
    staff = Staff.objects.get(email="tom@example.org")
    assert staff.roles == {Role.PHYSIOTHERAPIST}
    assert password not in client.get(staff_page(staff)).content.decode()
    guest = Client()
    guest.post("/sign-in/", {"username": "tom@example.org", "password": password})
    assert guest.get("/")["Location"] == "/profile/password/"
    events = AccessEvent.objects.filter(user_id=str(administrator.pk), object_id=str(staff.pk))
    assert {"temporary_password_given", "staff_added", "roles_changed"} <= set(events.values_list("event", flat=True))
    assert events.get(event="roles_changed").detail == "- > physiotherapist"
    assert not any(password in str(event.content()) for event in AccessEvent.objects.all())


def test_a_mistake_in_a_new_account_is_named_and_nothing_is_saved(client: Client, administrator: Staff) -> None:
    StaffFactory(email="tom@example.org")
    page = client.post(staff_page(), {"name": "", "email": "TOM@example.org"} | rows_of("role_grants", 0))
    assert page.status_code == 200
    assert set(page.context["adminform"].form.errors) >= {"name"}
    assert Staff.objects.filter(email__iexact="tom@example.org").count() == 1


def test_who_forgot_a_password_gets_a_temporary_one_and_all_sessions_end(client: Client, administrator: Staff) -> None:
    staff, theirs = StaffFactory(password="a-forgotten-password"), Client()
    theirs.force_login(staff)
    address = reverse("admin:practice_staff_temporary_password", args=[staff.pk])
    assert address in client.get(staff_page(staff)).content.decode()
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 200
    assert theirs.get("/")["Location"].startswith("/sign-in/")
    assert AccessEvent.objects.filter(event="temporary_password_given", object_id=str(staff.pk)).exists()


def test_nobody_gives_themselves_a_temporary_password(client: Client, administrator: Staff) -> None:
    address = reverse("admin:practice_staff_temporary_password", args=[administrator.pk])
    assert client.post(address).status_code == 403
    assert Staff.objects.get(pk=administrator.pk).temporary_password_until is None


def test_nobody_changes_their_own_roles_or_deactivates_themselves(client: Client, administrator: Staff) -> None:
    own = administrator.role_grants.get()
    change = {"name": "Bas", "email": administrator.email, "role_grants-TOTAL_FORMS": "2"} | {
        "role_grants-INITIAL_FORMS": "1",
        "role_grants-0-id": str(own.pk),
        "role_grants-0-staff": str(administrator.pk),
        "role_grants-0-role": "manager",
        "role_grants-0-valid_from": "2020-01-06",
        "role_grants-1-staff": str(administrator.pk),
        "role_grants-1-role": "physiotherapist",
        "role_grants-1-valid_from": "2020-01-06",
    }
    client.post(staff_page(administrator), change)
    administrator = Staff.objects.get(pk=administrator.pk)
    assert (administrator.roles, administrator.is_active) == ({Role.ADMINISTRATOR}, True)
    assert administrator.name == "Bas"


def test_an_administrator_gives_and_takes_the_roles_of_others(client: Client, administrator: Staff) -> None:
    staff = StaffFactory(roles=["front_desk"])
    form = form_of(client, staff_page(staff))
    client.post(staff_page(staff), form | {"role_grants-0-role": "manager"})
    assert Staff.objects.get(pk=staff.pk).roles == {Role.MANAGER}
    assert AccessEvent.objects.get(event="roles_changed").detail == "front_desk > manager"
    client.post(staff_page(staff), form_of(client, staff_page(staff)) | {"role_grants-0-DELETE": "on"})
    assert not RoleGrant.objects.filter(staff=staff).exists()


def test_an_account_is_never_deleted(client: Client, administrator: Staff) -> None:
    staff = StaffFactory()
    assert client.post(reverse("admin:practice_staff_delete", args=[staff.pk]), {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": str(staff.pk), "post": "yes"}
    client.post(reverse("admin:practice_staff_changelist"), action)
    assert Staff.objects.filter(pk=staff.pk).exists()


def test_a_password_cannot_be_seen_or_set_by_others(client: Client, administrator: Staff) -> None:
    staff = StaffFactory(password="a-password-of-their-own")
    before = Staff.objects.values("password", "is_demo", "temporary_password_until").get(pk=staff.pk)
    form = form_of(client, staff_page(staff))
    client.post(staff_page(staff), form | {"password": "x", "is_demo": "on", "temporary_password_until": "2027-01-01"})
    assert Staff.objects.values("password", "is_demo", "temporary_password_until").get(pk=staff.pk) == before


OBJECTS = {
    "staff": StaffFactory,
    "location": lambda: RoomFactory().location,
    "closure": ClosureFactory,
    "holidayoverride": HolidayOverrideFactory,
    "practicesettings": lambda: PracticeSettings.objects.create(name="Rug & Co"),
    "practitioner": lambda: AbsenceFactory(practitioner=WorkingHoursFactory().practitioner).practitioner,
    "accessevent": lambda: record(),
}


def record(**fields: object) -> AccessEvent:
    audit.record(**{"by": None, "event": "patient_read", "action": "R", "now": NOW, "patient_id": "p-1"} | fields)
    return AccessEvent.objects.order_by("id").last()


def admins() -> dict[str, admin.ModelAdmin]:
    registered = admin.site._registry.items()
    return {model._meta.model_name: site for model, site in registered if model._meta.app_label == "practice"}


def test_every_table_of_the_practice_in_the_admin_is_tried() -> None:
    assert set(OBJECTS) == set(admins())


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("role", Role)
def test_rights_in_the_admin_come_from_the_table_of_grants(client: Client, name: str, role: Role) -> None:
    row, acts = OBJECTS[name](), admins()[name].acts
    client.force_login(StaffFactory(roles=[role]))

    def answer(right: str) -> int:
        return 200 if may(frozenset({role}), Act.OPEN_ADMIN) and may(frozenset({role}), acts[right]) else 403

    start = f"admin:practice_{name}"
    assert client.get(reverse(f"{start}_changelist")).status_code == answer("view")
    assert client.get(reverse(f"{start}_change", args=[row.pk])).status_code == answer("view")
    assert client.get(reverse(f"{start}_history", args=[row.pk])).status_code == answer("view")
    if "add" in acts and name != "practicesettings":
        assert client.get(reverse(f"{start}_add")).status_code == answer("add")
    else:
        assert client.get(reverse(f"{start}_add")).status_code == 403
    if "delete" in acts:
        assert client.get(reverse(f"{start}_delete", args=[row.pk])).status_code == answer("delete")
    else:
        assert client.post(reverse(f"{start}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_a_refusal_in_the_admin_is_logged(client: Client) -> None:
    client.force_login(StaffFactory(roles=["manager"]))
    assert client.get(reverse("admin:practice_staff_changelist")).status_code == 403
    row = AccessEvent.objects.get(outcome="denied")
    assert (row.event, row.detail) == ("open_admin", "admin:practice_staff_changelist")


@pytest.mark.parametrize("name", OBJECTS)
def test_a_list_needs_as_many_queries_for_many_rows_as_for_few(client: Client, administrator: Staff, name: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(f"admin:practice_{name}_changelist")).status_code == 200
        return len(captured)

    make = OBJECTS[name] if name != "holidayoverride" else lambda: HolidayOverrideFactory(location=LocationFactory())
    make()
    client.get(reverse("admin:index"))  # notes in the session when this person was last seen
    few = queries()
    for _more in range(0 if name == "practicesettings" else 5):
        make()
    assert queries() == few


def test_adding_changing_and_deleting_are_logged(client: Client, administrator: Staff) -> None:
    start, inlines = "admin:practice_location", rows_of("rooms", 0) | rows_of("opening_hours", 0)
    client.post(reverse(f"{start}_add"), {"name": "Noord", "is_active": "on"} | inlines)
    location = Location.objects.get()
    client.post(reverse(f"{start}_change", args=[location.pk]), {"name": "Zuid"} | inlines)
    client.post(reverse(f"{start}_delete", args=[location.pk]), {"post": "yes"})
    log = AccessEvent.objects.filter(object_type="practice.location").order_by("id").values_list("event", "action")
    assert list(log) == [("location_added", "C"), ("location_changed", "U"), ("location_deleted", "D")]


def test_settings_are_one_row(client: Client, administrator: Staff) -> None:
    client.post(reverse("admin:practice_practicesettings_add"), {"name": "Rug & Co"})
    assert PracticeSettings.objects.current().name == "Rug & Co"
    assert client.get(reverse("admin:practice_practicesettings_add")).status_code == 403


def test_a_wrong_code_is_named_at_its_field(client: Client, administrator: Staff) -> None:
    page = client.post(reverse("admin:practice_practicesettings_add"), {"name": "Rug & Co", "agb": "1234"})
    assert set(page.context["adminform"].form.errors) == {"agb"}


LOG = "admin:practice_accessevent_changelist"


def shown(client: Client, **query: str) -> set[str]:
    return {row.event for row in client.get(reverse(LOG), query).context["cl"].result_list}


def test_the_log_names_roles_in_the_language_of_its_reader(client: Client, administrator: Staff) -> None:
    administrator.language = "nl"
    administrator.save()
    record(event="one", by=StaffFactory(roles=["front_desk", "manager"]))
    assert "balie, manager" in client.get(reverse(LOG)).content.decode()


def test_the_log_has_an_overview_per_patient_per_employee_and_per_day(client: Client, administrator: Staff) -> None:
    staff = StaffFactory()
    record(event="one", patient_id="p-1", by=staff)
    record(event="two", patient_id="p-2")
    record(event="late", now=NOW.replace(day=23, hour=23, minute=30), patient_id="p-3")
    assert shown(client, patient_id="p-1") == {"one"}
    assert shown(client, user_id=str(staff.pk)) == {"one"}
    assert shown(client, q="p-2") == {"two"}
    assert shown(client, at_utc__year="2026", at_utc__month="11", at_utc__day="22") >= {"one", "two"}
    # Days are the practice's: half past eleven in the evening, Greenwich time, is the next day in Amsterdam.
    assert shown(client, at_utc__year="2026", at_utc__month="11", at_utc__day="24") == {"late"}


def test_the_overviews_are_links(client: Client, administrator: Staff) -> None:
    staff = StaffFactory(name="<b>Tom</b>")
    record(patient_id="p-1", by=staff)
    page = client.get(reverse(LOG)).content.decode()
    assert f'href="{reverse(LOG)}?user_id={staff.pk}">&lt;b&gt;Tom&lt;/b&gt;</a>' in page
    assert f'href="{reverse(LOG)}?patient_id=p-1"' in page


def test_opening_the_log_is_in_the_log(client: Client, administrator: Staff) -> None:
    row = record()
    client.get(reverse(LOG), {"patient_id": "p-1"})
    opened = AccessEvent.objects.get(event="access_log_read")
    assert (opened.user_id, opened.detail) == (str(administrator.pk), "patient_id")
    assert opened.query_hash
    client.get(reverse("admin:practice_accessevent_change", args=[row.pk]))
    assert AccessEvent.objects.get(event="accessevent_read").patient_id == "p-1"


def test_the_log_cannot_be_changed_in_the_admin(client: Client, administrator: Staff) -> None:
    row = record()
    before = row.content()
    assert client.post(reverse("admin:practice_accessevent_change", args=[row.pk]), {"event": "x"}).status_code == 403
    assert client.post(reverse("admin:practice_accessevent_add"), {"event": "x"}).status_code == 403
    assert AccessEvent.objects.get(pk=row.pk).content() == before
    call_command("check_access_log", stdout=StringIO())


def test_a_row_that_is_not_there_is_a_logged_refusal(client: Client, administrator: Staff) -> None:
    client.get(reverse("admin:practice_location_change", args=[999]))
    row = AccessEvent.objects.get(event="location_read")
    assert (row.outcome, row.object_id) == ("denied", "999")


def test_a_table_without_grants_is_refused_and_djangos_own_stay_away() -> None:
    class Unguarded(admin.ModelAdmin):
        pass

    with pytest.raises(ImproperlyConfigured, match="GrantedAdmin"):
        admin.site.register(LocationFactory._meta.model, Unguarded)
    assert {model._meta.app_label for model in admin.site._registry}.isdisjoint({"auth", "axes", "sessions"})


def test_what_a_practitioner_is_and_does_is_on_one_page(client: Client, administrator: Staff) -> None:
    practitioner = PractitionerFactory(competences=["taping"])
    page = client.get(reverse("admin:practice_practitioner_change", args=[practitioner.pk]))
    inlines = {inline.opts.model.__name__ for inline in page.context["inline_admin_formsets"]}
    assert inlines == {"PractitionerDiscipline", "PractitionerCompetence", "WorkingHours", "Absence"}
