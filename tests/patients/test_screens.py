"""The patients' screens as the roles see them, through the public door."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from patients.actions import take_over_token
from patients.models import Consent, Episode, Patient, TreatmentRelationship
from practice.models import AccessEvent, Location, Staff
from tests.factories.patients import (
    ConsentFactory,
    EpisodeFactory,
    ExternalProviderFactory,
    PatientFactory,
    RelationshipFactory,
    valid_bsn,
)
from tests.factories.practice import LocationFactory, PractitionerFactory, RoleGrantFactory, StaffFactory
from tests.screens import queries

pytestmark = pytest.mark.django_db
TYPED = {"given_name": "Jan", "family_name": "van der Berg", "birth_date": "14-03-1978", "sex": "male"}
TYPED |= {"name_order": "own", "language": "nl"}


def at(location: Location, role: str = "front_desk", **fields: Any) -> Staff:
    """A member of staff who works at one location."""
    staff = StaffFactory(roles=[], language="en", **fields)
    RoleGrantFactory(staff=staff, role=role, location=location)
    return staff


@pytest.fixture
def location() -> Location:
    return LocationFactory(name="Noord")


@pytest.fixture
def desk(location: Location) -> Staff:
    return at(location)


@pytest.fixture
def client(desk: Staff) -> Client:
    return signed_in(desk)


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def page(response: Any) -> str:
    return response.content.decode()


def without_tokens(response: Any) -> str:
    """The page without what differs each time it is drawn."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page(response))


def events(name: str) -> list[AccessEvent]:
    return list(AccessEvent.objects.filter(event=name))


class TestSearch:
    def search(self, client: Client, text: str) -> str:
        return page(client.post("/patients/", {"q": text}))

    def test_a_patient_is_found_by_everything_a_caller_may_say(self, client: Client, location: Location) -> None:
        number = valid_bsn(77)
        patient = PatientFactory(
            given_name="Şahin",
            family_name="O'Brien",
            partner_name="Núñez",
            prefix="van der",
            birth_date=dt.date(1978, 3, 14),
            phone="+31612345678",
            bsn=number,
            number=10427,
            location=location,
        )
        PatientFactory.create_batch(3, location=location, birth_date=dt.date(1950, 1, 2), given_name="Piet")
        said = [
            "sahin",
            "OBRI",
            "o'brien",
            "van der obrien",
            "nunez şah",
            "1403",
            "14-03-1978",
            "14031978",
            "1978-03-14",
        ]
        said += [
            "0612345678",
            "+31 6 12345678",
            "06 12 34 56 78",
            "5678",
            "10427",
            number,
            "obrien 1403",
            "jan 1403 "[4:],
        ]
        missed = [text for text in said if str(patient.pk) not in self.search(client, text)]
        assert missed == []

    def test_what_differs_is_not_found(self, client: Client, location: Location) -> None:
        patient = PatientFactory(family_name="Boer", birth_date=dt.date(1978, 3, 14), location=location)
        for text in ["boer 1503", "%", "_", "bo*er", "boe[r]", "' or 1=1 --", "x" * 100, "30-2", "B\\", "😀"]:
            assert str(patient.pk) not in self.search(client, text)

    def test_nothing_identifying_is_in_an_address_or_in_the_log(self, client: Client, location: Location) -> None:
        number = valid_bsn(78)
        PatientFactory(family_name="Kanarie", bsn=number, location=location)
        response = client.post("/patients/", {"q": number})
        assert "Kanarie" in page(response)
        assert number not in page(response).replace(f'value="{number}"', "")
        (event,) = events("patients_searched")
        assert event.query_hash
        assert number not in str(event.content())
        assert "Kanarie" not in page(client.get("/patients/?q=kanarie"))

    def test_who_may_not_see_a_bsn_cannot_learn_whether_it_is_known(self, location: Location) -> None:
        number = valid_bsn(79)
        patient = PatientFactory(bsn=number, location=location)
        manager = signed_in(StaffFactory(roles=["manager"]))
        assert str(patient.pk) not in self.search(manager, number)
        assert str(patient.pk) in self.search(manager, patient.family_name)

    def test_only_patients_of_the_own_teams_are_found(self, client: Client) -> None:
        PatientFactory(family_name="Elders", location=LocationFactory())
        PatientFactory(family_name="Elders", related=False)
        assert "Nobody among your patients" in self.search(client, "elders")

    def test_many_hits_ask_for_more_words_instead_of_pages(self, client: Client, location: Location) -> None:
        for number in range(25):
            PatientFactory(given_name=f"Jan{number}", family_name="Jansen", location=location)
        text = self.search(client, "jan")
        assert "The first 20 patients" in text
        assert text.count('<th scope="row">') == 20

    def test_an_empty_search_says_what_to_type(self, client: Client) -> None:
        assert "Type a name" in self.search(client, "")

    def test_a_search_takes_few_queries(self, client: Client, location: Location) -> None:
        PatientFactory(family_name="Jansen", location=location)
        assert queries(client, "/patients/", q="jansen 1403") <= 10


class TestRegistration:
    def test_a_patient_is_registered_with_everything_typed(self, client: Client, location: Location) -> None:
        typed = {
            **TYPED,
            "initials": "jp",
            "phone": "06 12 34 56 78",
            "postcode": "3511ab",
            "bsn": "1234.56.782",
            "identity_document": "passport",
            "identity_document_ending": "7K2",
            "gp_new_name": "Huisartsen Noord",
            "share_with_gp": "given",
            "email_reminders": "refused",
        }
        response = client.post("/patients/register/", typed)
        patient = Patient.objects.get()
        assert response.headers["Location"] == f"/patients/{patient.pk}/"
        assert (patient.prefix, patient.family_name, patient.initials) == ("van der", "Berg", "J.P.")
        assert (patient.phone, patient.postcode, patient.bsn) == ("+31612345678", "3511 AB", "123456782")
        assert patient.gp.name == "Huisartsen Noord"
        assert patient.identity_checked_by == Staff.objects.get(pk=client.session["_auth_user_id"])
        decisions = {consent.kind: consent.decision for consent in patient.consents.all()}
        assert decisions == {"share_with_gp": "given", "email_reminders": "refused"}
        relationship = patient.relationships.get()
        assert (relationship.location, relationship.basis) == (location, "registration")
        assert relationship.until is not None
        assert events("patient_registered")[0].patient_id == str(patient.pk)

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"family_name": ""}, "Enter the family name"),
            ({"birth_date": "31-02-1978"}, "Enter a date as day-month-year"),
            ({"birth_date": ""}, "Enter the date of birth"),
            ({"birth_date": "14-03-2078"}, "lies in the past"),
            ({"birth_date": "14-03-1778"}, "Check the year"),
            ({"sex": ""}, "Choose a sex, or unknown"),
            ({"sex": "both"}, "Select a valid choice"),
            ({"bsn": "123456789"}, "This is not a BSN"),
            ({"bsn": "000000000"}, "This is not a BSN"),
            ({"phone": "12"}, "Enter a phone number"),
            ({"phone": "bel mijn zus"}, "Enter a phone number"),
            ({"postcode": "35"}, "four digits and two letters"),
            ({"email": "nee"}, "Enter a valid email address"),
            ({"name_order": "partner"}, "Enter the partner"),
            ({"identity_document_ending": "7K2"}, "Choose the document"),
            ({"representative": "Moeder"}, "both the name and the relation"),
            ({"given_name": "J\x00"}, "Null characters"),
            ({"family_name": "x" * 300}, "at most 120 characters"),
        ],
    )
    def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
        self, client: Client, wrong: dict[str, str], says: str
    ) -> None:
        text = page(client.post("/patients/register/", {**TYPED, "city": "Zoetermeer-kanarie", **wrong}))
        assert says in text
        assert "Zoetermeer-kanarie" in text
        assert not Patient.objects.exists()

    def test_nothing_clinical_or_consenting_is_preset(self, client: Client) -> None:
        text = page(client.get("/patients/register/"))
        assert 'type="radio"' in text
        assert all('value=""' in checked for checked in re.findall(r"<input[^>]* checked", text))

    def test_an_answer_about_consent_can_go_back_to_not_asked(self, client: Client) -> None:
        refused = client.post("/patients/register/", TYPED | {"family_name": "", "share_with_gp": "refused"})
        assert 'name="share_with_gp" value="refused"' in page(refused)
        assert 'name="share_with_gp" value=""' in page(refused)
        client.post("/patients/register/", TYPED | {"share_with_gp": "", "email_reminders": "given"})
        assert [(consent.kind, consent.decision) for consent in Consent.objects.all()] == [("email_reminders", "given")]

    def test_under_16_a_consent_needs_a_representative(self, client: Client) -> None:
        born = (timezone.localdate() - dt.timedelta(days=12 * 366)).strftime("%d-%m-%Y")
        typed = {**TYPED, "birth_date": born, "share_with_gp": "given"}
        assert "a representative decides" in page(client.post("/patients/register/", typed))
        assert not Patient.objects.exists()
        client.post("/patients/register/", {**typed, "representative": "M. Berg", "relation": "parent"})
        assert Consent.objects.get().representative_name == "M. Berg"

    def test_a_probable_duplicate_is_shown_with_everything_kept(self, client: Client, location: Location) -> None:
        known = PatientFactory(given_name="Johan", family_name="Bergh", location=location)
        typed = {**TYPED, "city": "Zoetermeer", "insurer": "Zorgzaam"}
        text = page(client.post("/patients/register/", typed))
        assert "may be registered already" in text
        assert f"/patients/{known.pk}/" in text
        assert "Zoetermeer" in text
        assert "Zorgzaam" in text
        assert "same date of birth and a similar name" in text
        assert Patient.objects.count() == 1
        again = page(client.post("/patients/register/", {**typed, "seen": str(known.pk)}))
        assert "Say why this is another person" in again
        client.post("/patients/register/", {**typed, "seen": str(known.pk), "reason": "twin brother"})
        assert Patient.objects.count() == 2
        assert {event.patient_id for event in events("similar_patient_shown")} == {str(known.pk)}

    def test_day_and_month_exchanged_or_the_same_phone_is_noticed(self, client: Client, location: Location) -> None:
        PatientFactory(given_name="Jan", family_name="Berg", birth_date=dt.date(1978, 4, 3), location=location)
        text = page(client.post("/patients/register/", {**TYPED, "birth_date": "04-03-1978"}))
        assert "day and month of birth exchanged" in text
        PatientFactory(
            given_name="Jan",
            family_name="Berg",
            birth_date=dt.date(1960, 1, 1),
            phone="+31612345678",
            location=location,
        )
        assert "same phone" in page(client.post("/patients/register/", {**TYPED, "phone": "0612345678"}))

    def test_the_same_bsn_cannot_be_registered_anyway(self, client: Client, location: Location) -> None:
        known = PatientFactory(family_name="Heel Anders", bsn=valid_bsn(5), location=location)
        typed = {
            **TYPED,
            "birth_date": "01-01-2001",
            "bsn": valid_bsn(5),
            "seen": str(known.pk),
            "reason": "is another",
        }
        text = page(client.post("/patients/register/", typed))
        assert "A BSN belongs to one person" in text
        assert "Register as another person" not in text
        assert Patient.objects.count() == 1

    def test_a_patient_of_another_team_is_taken_over_with_a_reason(self, client: Client, desk: Staff) -> None:
        known = PatientFactory(given_name="Jan", family_name="Berg", location=LocationFactory())
        assert client.get(f"/patients/{known.pk}/").status_code == 404
        text = page(client.post("/patients/register/", TYPED))
        token = text.split('name="token" value="')[1].split('"')[0]
        refused = client.post("/patients/take-over/", {"token": token, "reason": ""})
        assert refused.status_code == 422
        colleague = signed_in(at(LocationFactory()))
        assert "shown to a colleague" in page(
            colleague.post("/patients/take-over/", {"token": token, "reason": "new complaint"})
        )
        assert colleague.get(f"/patients/{known.pk}/").status_code == 404
        client.post("/patients/take-over/", {"token": token, "reason": "new complaint"})
        assert client.get(f"/patients/{known.pk}/").status_code == 200
        relationship = known.relationships.get(basis="takeover")
        assert (relationship.reason, relationship.started_by) == ("new complaint", desk)

    def test_a_forged_or_old_proof_opens_nothing(self, client: Client, desk: Staff) -> None:
        patient = PatientFactory(location=LocationFactory())
        with time_machine.travel(timezone.now() - dt.timedelta(minutes=61)):
            old = take_over_token(patient, desk)
        for token in ["forged", old, old.replace(old[3], "x", 1)]:
            text = page(client.post("/patients/take-over/", {"token": token, "reason": "new complaint"}))
            assert "too old" in text
        assert client.get(f"/patients/{patient.pk}/").status_code == 404

    def test_who_works_in_several_teams_says_for_which(self) -> None:
        first, second = LocationFactory(), LocationFactory()
        client = signed_in(StaffFactory(roles=["front_desk"], language="en"))
        assert "Choose the location" in page(client.post("/patients/register/", TYPED))
        client.post("/patients/register/", {**TYPED, "location": second.pk})
        assert [each.location for each in TreatmentRelationship.objects.all()] == [second]
        assert first.pk != second.pk


class TestRecord:
    def test_the_record_shows_who_this_is_but_not_the_bsn(self, client: Client, location: Location) -> None:
        number = valid_bsn(80)
        patient = PatientFactory(family_name="Boer", prefix="de", bsn=number, number=10427, location=location)
        EpisodeFactory(patient=patient, location=location, title="Eerste klacht")
        ConsentFactory(patient=patient, kind="share_with_gp", decision="refused")
        text = page(client.get(f"/patients/{patient.pk}/"))
        for fact in [
            "DE BOER, Jan (m)",
            "10427",
            "Eerste klacht",
            "refused",
            "not asked",
            "Noord",
            f"•••••••{number[-2:]}",
        ]:
            assert fact in text
        assert number not in text
        (event,) = events("patient_read")
        assert (event.patient_id, event.check_relationship) == (str(patient.pk), True)

    def test_the_bsn_is_shown_on_request_only_and_the_log_knows(self, client: Client, location: Location) -> None:
        number = valid_bsn(81)
        patient = PatientFactory(bsn=number, location=location)
        assert client.get(f"/patients/{patient.pk}/bsn/").status_code == 405
        assert number in page(client.post(f"/patients/{patient.pk}/bsn/"))
        (event,) = events("bsn_revealed")
        assert event.patient_id == str(patient.pk)
        assert number not in str([each.content() for each in AccessEvent.objects.all()])

    def test_a_manager_reads_by_grant_and_may_not_see_the_bsn(self, location: Location) -> None:
        patient = PatientFactory(location=location)
        manager = signed_in(StaffFactory(roles=["manager"]))
        assert manager.get(f"/patients/{patient.pk}/").status_code == 200
        assert events("patient_read")[0].purpose == "plan review"
        assert manager.post(f"/patients/{patient.pk}/bsn/").status_code == 403
        assert manager.get(f"/patients/{patient.pk}/change/").status_code == 403

    def test_a_manager_of_one_location_reads_its_patients_only(self, location: Location) -> None:
        manager = signed_in(at(location, role="manager"))
        own, other = PatientFactory(location=location), PatientFactory(location=LocationFactory())
        assert manager.get(f"/patients/{own.pk}/").status_code == 200
        assert manager.get(f"/patients/{other.pk}/").status_code == 404

    @pytest.mark.parametrize("until", [None, dt.timedelta(days=1)])
    def test_a_relationship_opens_the_record(self, client: Client, desk: Staff, until: dt.timedelta | None) -> None:
        patient = PatientFactory(related=False)
        RelationshipFactory(patient=patient, staff=desk, location=None, until=until and timezone.now() + until)
        assert client.get(f"/patients/{patient.pk}/").status_code == 200

    def test_a_relationship_that_ended_does_not_open_the_record(self, client: Client, desk: Staff) -> None:
        patient = PatientFactory(related=False)
        ended = timezone.now() - dt.timedelta(seconds=1)
        RelationshipFactory(patient=patient, staff=desk, location=None, until=ended)
        assert client.get(f"/patients/{patient.pk}/").status_code == 404

    def test_what_is_not_visible_looks_like_what_does_not_exist(self, client: Client) -> None:
        foreign = EpisodeFactory(patient__location=LocationFactory())
        nobody = "00000000-0000-4000-8000-000000000000"
        for path, pk in [
            ("/patients/{}/", foreign.patient.pk),
            ("/patients/{}/change/", foreign.patient.pk),
            ("/patients/{}/consents/", foreign.patient.pk),
            ("/patients/{}/episodes/open/", foreign.patient.pk),
            ("/episodes/{}/", foreign.pk),
            ("/episodes/{}/close/", foreign.pk),
        ]:
            refused, absent = client.get(path.format(pk)), client.get(path.format(nobody))
            assert (refused.status_code, absent.status_code) == (404, 404)
            assert without_tokens(refused).replace(str(pk), nobody) == without_tokens(absent)
        assert AccessEvent.objects.filter(outcome="denied", patient_id=str(foreign.patient.pk)).count() == 6

    def test_a_record_takes_few_queries(self, client: Client, location: Location) -> None:
        patient = PatientFactory(location=location, gp=ExternalProviderFactory())
        assert queries(client, f"/patients/{patient.pk}/") <= 11


class TestChange:
    def typed(self, client: Client, patient: Patient, **changed: str) -> dict[str, str]:
        """What the form holds when it is opened, with changes."""
        form = client.get(f"/patients/{patient.pk}/change/").context["form"]
        held = {name: form[name].value() for name in form.fields}
        held = {name: value for name, value in held.items() if value not in (None, False)}
        return {**held, "birth_date": patient.birth_date.strftime("%d-%m-%Y"), **changed}

    def test_details_change_and_the_log_names_the_fields(self, client: Client, location: Location) -> None:
        patient = PatientFactory(family_name="Boer", location=location)
        typed = self.typed(client, patient, family_name="Yılmaz", city="Houten")
        assert client.post(f"/patients/{patient.pk}/change/", typed).status_code == 302
        patient.refresh_from_db()
        assert (patient.family_name, patient.city, patient.version) == ("Yılmaz", "Houten", 2)
        assert events("patient_changed")[0].detail == "fields: city family_name"
        assert str(patient.pk) in page(client.post("/patients/", {"q": "yilmaz"}))
        assert str(patient.pk) not in page(client.post("/patients/", {"q": "boer"}))

    def test_the_bsn_is_not_in_the_form_is_kept_replaced_and_removed(self, client: Client, location: Location) -> None:
        number = valid_bsn(82)
        patient = PatientFactory(bsn=number, location=location)
        assert number not in page(client.get(f"/patients/{patient.pk}/change/"))
        client.post(f"/patients/{patient.pk}/change/", self.typed(client, patient, city="Houten"))
        patient.refresh_from_db()
        assert patient.bsn == number
        client.post(f"/patients/{patient.pk}/change/", self.typed(client, patient, bsn=valid_bsn(83)))
        patient.refresh_from_db()
        assert patient.bsn == valid_bsn(83)
        client.post(f"/patients/{patient.pk}/change/", self.typed(client, patient, remove_bsn="on"))
        patient.refresh_from_db()
        assert (patient.bsn, patient.bsn_index) == ("", None)

    def test_a_bsn_of_another_patient_is_refused(self, client: Client, location: Location) -> None:
        other, patient = PatientFactory(location=location), PatientFactory(location=location)
        text = page(client.post(f"/patients/{patient.pk}/change/", self.typed(client, patient, bsn=other.bsn)))
        assert "Another patient has this BSN" in text
        patient.refresh_from_db()
        assert patient.bsn != other.bsn

    def test_a_lost_update_shows_both_and_overwrites_nothing(self, client: Client, location: Location) -> None:
        patient = PatientFactory(city="Utrecht", location=location)
        mine = self.typed(client, patient, city="Houten")
        client.post(f"/patients/{patient.pk}/change/", self.typed(client, patient, city="Zeist"))
        text = page(client.post(f"/patients/{patient.pk}/change/", mine))
        assert "A colleague changed this record" in text
        assert "Zeist" in text
        assert "Houten" in text
        patient.refresh_from_db()
        assert patient.city == "Zeist"
        client.post(f"/patients/{patient.pk}/change/", {**mine, "version": patient.version})
        patient.refresh_from_db()
        assert patient.city == "Houten"

    def test_only_declared_fields_change(self, client: Client, location: Location) -> None:
        patient = PatientFactory(location=location)
        smuggled = {"number": "1", "merged_into": str(patient.pk), "bsn_index": "x", "registered_by": "x", "id": "x"}
        client.post(f"/patients/{patient.pk}/change/", self.typed(client, patient, **smuggled))
        stored = Patient.objects.get(pk=patient.pk)
        assert (stored.number, stored.merged_into, stored.bsn_index) == (patient.number, None, patient.bsn_index)


class TestConsent:
    def test_given_refused_and_withdrawn_are_three_decisions(self, client: Client, location: Location) -> None:
        patient = PatientFactory(location=location)
        url = f"/patients/{patient.pk}/consents/"
        assert "no consent of this kind" in page(client.post(url, {"kind": "treatment", "decision": "withdrawn"}))
        for decision in ["given", "withdrawn", "refused"]:
            assert client.post(url, {"kind": "treatment", "decision": decision}).status_code == 302
        assert [each.decision for each in patient.consents.order_by("pk")] == ["given", "withdrawn", "refused"]
        assert patient.consents.latest_of_each_kind()["treatment"].decision == "refused"

    def test_what_is_missing_is_said(self, client: Client, location: Location) -> None:
        text = page(client.post(f"/patients/{PatientFactory(location=location).pk}/consents/", {}))
        assert "Choose what the patient was asked" in text
        assert "Choose what the patient decided" in text


class TestEpisode:
    def test_an_episode_by_direct_access_is_opened_and_closed(self, client: Client, location: Location) -> None:
        patient = PatientFactory(location=location)
        typed = {"route": "direct_access", "practitioner": PractitionerFactory().pk, "title": ""}
        response = client.post(f"/patients/{patient.pk}/episodes/open/", typed)
        episode = Episode.objects.get()
        assert response.headers["Location"] == f"/episodes/{episode.pk}/"
        assert patient.relationships.get().until is None
        assert "direct access" in page(client.get(f"/episodes/{episode.pk}/"))
        assert "Choose why the episode ends" in page(client.post(f"/episodes/{episode.pk}/close/", {}))
        client.post(f"/episodes/{episode.pk}/close/", {"reason": "goals_met"})
        episode.refresh_from_db()
        assert (episode.is_open, episode.close_reason) == (False, "goals_met")
        assert patient.relationships.get().until is not None
        assert "closed already" in page(client.post(f"/episodes/{episode.pk}/close/", {"reason": "other"}))

    def test_a_referral_needs_a_referrer_and_a_date(self, client: Client, location: Location) -> None:
        patient = PatientFactory(location=location)
        url = f"/patients/{patient.pk}/episodes/open/"
        typed = {"route": "referral", "practitioner": PractitionerFactory().pk}
        text = page(client.post(url, typed))
        assert "Choose the referrer" in text
        assert "Enter the date on the referral" in text
        late = {
            **typed,
            "referrer_new_name": "Dr. Oost",
            "referred_on": "01-11-2026",
            "referral_valid_until": "31-10-2026",
        }
        assert "on or after the date of the referral" in page(client.post(url, late))
        assert not Episode.objects.exists()
        client.post(url, {**late, "referral_valid_until": ""})
        assert Episode.objects.get().referrer.name == "Dr. Oost"

    def test_nothing_of_a_referral_is_kept_for_direct_access(self, client: Client, location: Location) -> None:
        patient = PatientFactory(location=location)
        typed = {"route": "direct_access", "practitioner": PractitionerFactory().pk, "referred_on": "01-11-2026"}
        client.post(f"/patients/{patient.pk}/episodes/open/", {**typed, "referrer": ExternalProviderFactory().pk})
        assert (Episode.objects.get().referrer, Episode.objects.get().referred_on) == (None, None)

    def test_no_episode_is_opened_for_who_has_died(self, client: Client, location: Location) -> None:
        patient = PatientFactory(deceased_on=dt.date(2026, 1, 1), location=location)
        typed = {"route": "direct_access", "practitioner": PractitionerFactory().pk}
        assert "has died" in page(client.post(f"/patients/{patient.pk}/episodes/open/", typed))
        assert "Open an episode" not in page(client.get(f"/patients/{patient.pk}/"))

    def test_an_expired_referral_is_said(self, client: Client, location: Location) -> None:
        patient = PatientFactory(location=location)
        episode = EpisodeFactory(
            patient=patient,
            route="referral",
            referrer=ExternalProviderFactory(),
            referred_on=dt.date(2020, 1, 1),
            referral_valid_until=dt.date(2020, 12, 31),
        )
        assert "not valid any more" in page(client.get(f"/episodes/{episode.pk}/"))
