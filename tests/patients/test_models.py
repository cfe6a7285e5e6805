"""What the database refuses, and how what must stay secret is kept."""

import datetime as dt
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from patients.models import Episode, NumberSeries, Patient, SearchToken
from patients.models.encrypted import CannotOpen, blind_index, open_sealed, seal
from practice.models import AccessEvent
from tests.factories.patients import (
    ConsentFactory,
    EpisodeFactory,
    ExternalProviderFactory,
    PatientFactory,
    RelationshipFactory,
    valid_bsn,
)
from tests.factories.practice import StaffFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)
OLD_KEY = "old:b2xkLWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHMhISE="
NEW_KEY = "new:bmV3LWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHMhISE="
OTHER_INDEX_KEY = "aW5kZXgtb2YtMzItYnl0ZXMtZm9yLXRoZXNlLXRlc3Q="


def referral(**fields: Any) -> Episode:
    typed = {"route": "referral", "referrer": ExternalProviderFactory(), "referred_on": TODAY}
    return EpisodeFactory(**typed | fields)


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("a_patient_has_a_family_name", lambda: PatientFactory(family_name="")),
    ("a_patient_is_born_in_1890_or_later", lambda: PatientFactory(birth_date=dt.date(1889, 12, 31))),
    ("sex_is_a_known_code", lambda: PatientFactory(sex="x")),
    ("a_partners_name_is_used_only_if_there_is_one", lambda: PatientFactory(name_order="partner")),
    ("a_bsn_is_sealed_iff_it_is_indexed", lambda: Patient.objects.filter(pk=PatientFactory().pk).update(bsn_sealed="")),
    ("an_identity_check_says_who_when_and_by_what", lambda: PatientFactory(identity_document="passport")),
    ("a_patient_dies_after_being_born", lambda: PatientFactory(deceased_on=dt.date(1978, 3, 13))),
    (
        "a_patient_is_not_merged_into_themselves",
        lambda: [Patient.objects.filter(pk=found.pk).update(merged_into=found.pk) for found in [PatientFactory()]],
    ),
    ("patients_patient.number", lambda: [PatientFactory(number=7), PatientFactory(number=7)]),
    ("patients_patient.bsn_index", lambda: [PatientFactory(bsn=valid_bsn(1)), PatientFactory(bsn=valid_bsn(1))]),
    (
        "a_patient_has_a_search_token_once",
        lambda: [SearchToken(patient=PatientFactory(), kind="number", token="1").save()],
    ),
    ("an_agb_code_has_eight_digits", lambda: ExternalProviderFactory(agb="1234567")),
    (
        "an_agb_code_belongs_to_one_provider",
        lambda: [ExternalProviderFactory(agb="12345678"), ExternalProviderFactory(agb="12345678")],
    ),
    ("a_provider_has_a_name", lambda: ExternalProviderFactory(name="")),
    ("a_relationship_is_with_one_person_or_one_team", lambda: RelationshipFactory(location=None)),
    ("a_relationship_is_with_one_person_or_one_team", lambda: RelationshipFactory(staff=StaffFactory())),
    (
        "a_relationship_ends_after_it_starts",
        lambda: RelationshipFactory(until=timezone.now() - dt.timedelta(days=366)),
    ),
    ("a_takeover_has_a_reason", lambda: RelationshipFactory(basis="takeover")),
    ("consent_is_given_refused_or_withdrawn", lambda: ConsentFactory(decision="perhaps")),
    ("a_representative_has_a_name_and_a_relation", lambda: ConsentFactory(representative_name="M. Berg")),
    ("a_referral_has_a_referrer_and_a_date", lambda: EpisodeFactory(route="referral")),
    ("a_referral_has_a_referrer_and_a_date", lambda: EpisodeFactory(referred_on=TODAY)),
    ("a_referral_has_a_referrer_and_a_date", lambda: EpisodeFactory(route="walked in")),
    ("a_referral_is_valid_from_its_date", lambda: referral(referral_valid_until=TODAY - dt.timedelta(days=1))),
    ("an_episode_is_closed_iff_it_has_a_reason", lambda: EpisodeFactory(close_reason="goals_met")),
    ("an_episode_is_closed_iff_it_has_a_reason", lambda: EpisodeFactory(closed_on=TODAY, opened_on=TODAY)),
    (
        "an_episode_closes_after_it_opens",
        lambda: EpisodeFactory(
            opened_on=TODAY, closed_on=dt.date(2026, 11, 21), closed_by=StaffFactory(), close_reason="other"
        ),
    ),
]


@pytest.mark.parametrize(("name", "attempt"), REFUSED, ids=[name for name, _attempt in REFUSED])
def test_the_database_refuses(name: str, attempt: Callable[[], Any]) -> None:
    if name == "a_patient_has_a_search_token_once":
        token = PatientFactory().search_tokens.first()
        attempt = lambda: SearchToken(patient=token.patient, kind=token.kind, token=token.token).save()  # noqa: E731
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        attempt()
    told = str(refused.value)
    assert name in told or name.rpartition(".")[2] in told or "UNIQUE" in told


def test_each_named_constraint_was_tried() -> None:
    models = (Patient, Episode, SearchToken, *(field.related_model for field in Patient._meta.related_objects))
    named = {
        each.name for model in {*models} if model._meta.app_label == "patients" for each in model._meta.constraints
    }
    assert named <= {name for name, _attempt in REFUSED}


class TestSealedValues:
    def test_a_value_opens_at_its_own_place_only(self) -> None:
        sealed = seal("123456782", "table.column.1")
        assert open_sealed(sealed, "table.column.1") == "123456782"
        for place in ["table.column.2", "table.other.1", ""]:
            with pytest.raises(CannotOpen):
                open_sealed(sealed, place)

    def test_two_seals_of_one_value_differ_and_neither_shows_it(self) -> None:
        first, second = seal("123456782", "x"), seal("123456782", "x")
        assert first != second
        assert "123456782" not in first

    @pytest.mark.parametrize("broken", ["", "dev:", "dev:!!!", "gone:AAAA", "dev:AAAA"])
    def test_what_was_altered_does_not_open(self, broken: str) -> None:
        with pytest.raises(CannotOpen):
            open_sealed(broken, "x")

    def test_one_changed_letter_is_noticed(self) -> None:
        sealed = seal("123456782", "x")
        letter = "A" if sealed[-4] != "A" else "B"  # the very last letter also holds bits that mean nothing
        with pytest.raises(CannotOpen):
            open_sealed(sealed[:-4] + letter + sealed[-3:], "x")

    @pytest.mark.parametrize("keys", [[], ["x"], ["x:c2hvcnQ="], [":" + OLD_KEY.partition(":")[2]]])
    def test_a_wrong_key_is_refused_without_showing_it(self, keys: list[str]) -> None:
        with override_settings(FIELD_KEYS=keys), pytest.raises(ImproperlyConfigured) as refused:
            seal("x", "y")
        assert "c2hvcnQ=" not in str(refused.value)

    def test_the_index_depends_on_its_key(self) -> None:
        first = blind_index("123456782")
        assert first == blind_index("123456782")
        with override_settings(INDEX_KEY=OTHER_INDEX_KEY):
            assert blind_index("123456782") != first


class TestRotation:
    def rotate(self, *options: str) -> str:
        out = StringIO()
        call_command("rotate_field_keys", *options, stdout=out)
        return out.getvalue()

    def test_the_newest_key_seals_everything_and_the_old_one_can_go(self) -> None:
        number = valid_bsn(3)
        with override_settings(FIELD_KEYS=[OLD_KEY]):
            patient = PatientFactory(bsn=number)
            PatientFactory(bsn="")
        with override_settings(FIELD_KEYS=[NEW_KEY, OLD_KEY]):
            assert Patient.objects.get(pk=patient.pk).bsn == number
            assert "1" in self.rotate()
            assert "0" in self.rotate()
        with override_settings(FIELD_KEYS=[NEW_KEY]):
            assert Patient.objects.get(pk=patient.pk).bsn == number
        assert [row.detail for row in AccessEvent.objects.filter(event="field_keys_rotated").order_by("pk")] == [
            "patients: 1",
            "patients: 0",
        ]

    def test_a_new_index_key_needs_all(self) -> None:
        patient = PatientFactory(bsn=valid_bsn(4))
        with override_settings(INDEX_KEY=OTHER_INDEX_KEY):
            self.rotate("--all")
            patient.refresh_from_db()
            assert patient.bsn_index == blind_index(valid_bsn(4))
            assert patient.search_tokens.filter(kind="bsn", token=patient.bsn_index).exists()


def test_a_number_that_was_rolled_back_is_given_again() -> None:
    with transaction.atomic():
        first = NumberSeries.take("patient", first=10001)
    with transaction.atomic():
        NumberSeries.take("patient", first=10001)
        transaction.set_rollback(True)
    with transaction.atomic():
        assert NumberSeries.take("patient", first=10001) == first + 1


def test_a_search_walks_the_index_and_stops_at_the_page() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL chooses another plan for a small table")
    tokens = SearchToken.objects.filter(kind="name", token__begins="boer").order_by("token", "patient_id")
    plan = tokens.values_list("patient_id")[:42].explain()
    assert "USING COVERING INDEX patients_by_search_token (kind=? AND token>? AND token<?)" in plan
    assert "TEMP B-TREE" not in plan
