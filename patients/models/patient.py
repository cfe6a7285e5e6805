"""The patient, how patients are found, and who treats them."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.domain import bsn as bsn_numbers
from patients.domain.age import ConsentBy, age_on, consent_by
from patients.domain.duplicates import Identity, swapped
from patients.domain.folding import words
from patients.domain.names import NameOrder, PersonName
from patients.domain.search import SHORTEST_PHONE, NamePart, PatientQuery, Surname, Term, Way
from patients.models import search
from patients.models.encrypted import blind_index, open_sealed, seal
from patients.models.provider import ExternalProvider
from patients.models.search import SearchToken
from practice.domain.grants import Act, Role, may
from practice.models import Location, Staff

FIRST_PATIENT_NUMBER = 10001
DUTCH = "+31"
TOKENS_PER_PATIENT = 2  # tokens of one patient that begin alike, such as those of Jan Jansen


class NumberSeries(models.Model):
    """The last number given in a series. Taking the next one locks the row until the transaction ends."""

    name = models.CharField(primary_key=True, max_length=20)
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = "series of numbers"
        verbose_name_plural = "series of numbers"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def take(cls, name: str, *, first: int) -> int:
        """The next number of the series; `first` when it is new. Call it within a transaction."""
        cls.objects.bulk_create([cls(name=name, last=first - 1)], ignore_conflicts=True)
        cls.objects.filter(pk=name).update(last=F("last") + 1)
        return cls.objects.values_list("last", flat=True).get(pk=name)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search: the patients, and whether there are more than fit on it."""

    patients: list["Patient"]
    more: bool = False


class PatientQuerySet(models.QuerySet["Patient"]):
    """Patients as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "PatientQuerySet":
        """The patients whose record this person may read now.

        A treatment relationship, personal or through a location's team, opens the record while it lasts. Who reviews
        the plans of a location reads the records of its patients by grant.
        """
        return of_readable_patients(self, staff, "pk")

    def matching(self, query: PatientQuery, limit: int) -> Found:
        """At most `limit` of these patients that the query means: its closest reading first, then the closest names.

        Another reading is looked up only while there is room for more patients.
        """
        closest: dict[uuid.UUID, tuple[int, str]] = {}
        more = False
        for rank, way in enumerate(query.ways):
            if len(closest) <= limit:
                rows = self._tokens(way, (limit + 1) * TOKENS_PER_PATIENT)
                more = len(rows) == (limit + 1) * TOKENS_PER_PATIENT
                closest = {pk: (rank, token) for pk, token in reversed(rows)} | closest
        if not closest:
            return Found([])
        page = self.in_bulk(sorted(closest, key=lambda pk: closest[pk])[:limit])
        patients = sorted(page.values(), key=lambda patient: (closest[patient.pk], patient.sort_name))
        return Found(patients, more=more or len(closest) > limit)

    def _tokens(self, way: Way, most: int) -> list[tuple[uuid.UUID, str]]:
        """The first patients that meet every term, each with the token of the term that narrows most."""
        narrowest, *others = sorted(way, key=_breadth)
        tokens = SearchToken.objects.meeting(narrowest).filter(Exists(self.filter(pk=OuterRef("patient_id"))))
        for term in others:
            tokens = tokens.filter(Exists(SearchToken.objects.meeting(term).filter(patient_id=OuterRef("patient_id"))))
        return list(tokens.order_by("token", "patient_id").values_list("patient_id", "token")[:most])

    def perhaps_same_as(self, identity: Identity) -> "PatientQuerySet":
        """The few patients worth comparing with this identity: same BSN, birth date (also swapped) or phone number."""
        days = [day for day in (identity.birth_date, swapped(identity.birth_date)) if day]
        birth = Q(kind=search.BIRTH_DATE, token__in=[day.isoformat() for day in days])
        phone = Q(kind=search.PHONE, token__in=identity.phones)
        tokens = SearchToken.objects.filter(birth | phone | Q(kind=search.BSN, token=identity.bsn))
        return self.filter(pk__in=tokens.values("patient_id"))


def _breadth(term: Term) -> tuple[bool, int]:
    """Terms that narrow most come first: what is not a name, then the longest name."""
    names = [len(reading.text) for reading in term if isinstance(reading, NamePart | Surname)]
    return (bool(names), -max(names, default=0))


class Patient(models.Model):
    """A person who is, was, or will be treated here."""

    BORN_FROM = dt.date(1890, 1, 1)  # nobody alive was born earlier

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(_("patient number"), unique=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    initials = models.CharField(_("initials"), max_length=30, blank=True)
    given_name = models.CharField(_("given name"), max_length=80, blank=True)
    prefix = models.CharField(_("prefix"), max_length=20, blank=True)
    family_name = models.CharField(_("family name at birth"), max_length=120)
    partner_prefix = models.CharField(_("prefix of the partner's name"), max_length=20, blank=True)
    partner_name = models.CharField(_("partner's family name"), max_length=120, blank=True)
    name_order = models.CharField(
        _("surname in use"),
        max_length=12,
        default="own",
        choices=[
            ("own", _("own name")),
            ("partner", _("partner's name")),
            ("partner_own", _("partner's name, then own name")),
            ("own_partner", _("own name, then partner's name")),
        ],
    )
    sort_name = models.CharField(max_length=220, editable=False)

    birth_date = models.DateField(_("date of birth"))
    sex = models.CharField(
        _("sex"),
        max_length=10,
        choices=[
            ("female", _("female")),
            ("male", _("male")),
            ("intersex", _("intersex")),
            ("unknown", _("unknown")),
        ],
    )
    gender = models.CharField(
        _("gender, when it differs"),
        max_length=12,
        blank=True,
        choices=[
            ("woman", _("woman")),
            ("man", _("man")),
            ("non_binary", _("non-binary")),
            ("other", _("other")),
        ],
    )
    deceased_on = models.DateField(_("deceased on"), null=True, blank=True)

    bsn_sealed = models.TextField(blank=True, editable=False)
    bsn_index = models.CharField(max_length=64, null=True, unique=True, editable=False)
    identity_document = models.CharField(
        _("identity document"),
        max_length=20,
        blank=True,
        choices=[
            ("passport", _("passport")),
            ("identity_card", _("identity card")),
            ("driving_licence", _("driving licence")),
            ("residence_permit", _("residence permit")),
        ],
    )
    identity_document_ending = models.CharField(_("last three characters of its number"), max_length=3, blank=True)
    identity_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    identity_checked_at = models.DateTimeField(_("identity checked at"), null=True, blank=True, editable=False)

    street = models.CharField(_("street"), max_length=120, blank=True)
    house_number = models.CharField(_("house number and addition"), max_length=20, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    other_phone = models.CharField(_("other phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(
        _("language"),
        max_length=2,
        default="nl",
        choices=[
            ("nl", _("Dutch")),
            ("en", _("English")),
            ("ar", _("Arabic")),
            ("bg", _("Bulgarian")),
            ("de", _("German")),
            ("es", _("Spanish")),
            ("fr", _("French")),
            ("pl", _("Polish")),
            ("pt", _("Portuguese")),
            ("ro", _("Romanian")),
            ("tr", _("Turkish")),
            ("uk", _("Ukrainian")),
            ("zh", _("Chinese")),
        ],
    )

    insurer = models.CharField(_("health insurer"), max_length=80, blank=True)
    policy_number = models.CharField(_("policy number"), max_length=30, blank=True)
    gp = models.ForeignKey(
        ExternalProvider,
        on_delete=models.PROTECT,
        related_name="patients",
        null=True,
        blank=True,
        verbose_name=_("general practitioner"),
    )
    emergency_name = models.CharField(_("emergency contact"), max_length=120, blank=True)
    emergency_relation = models.CharField(_("relation to the patient"), max_length=60, blank=True)
    emergency_phone = models.CharField(_("phone of the emergency contact"), max_length=20, blank=True)

    registered_despite = models.CharField(_("registered beside a similar patient, because"), max_length=200, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="merged_from", null=True, blank=True, editable=False
    )
    registered_at = models.DateTimeField(_("registered at"), editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    changed_at = models.DateTimeField(_("changed at"), editable=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ["sort_name", "number"]
        constraints = [
            models.CheckConstraint(condition=~Q(family_name=""), name="a_patient_has_a_family_name"),
            models.CheckConstraint(
                condition=Q(birth_date__gte=dt.date(1890, 1, 1)), name="a_patient_is_born_in_1890_or_later"
            ),
            models.CheckConstraint(
                condition=Q(sex__in=["female", "male", "intersex", "unknown"]), name="sex_is_a_known_code"
            ),
            models.CheckConstraint(
                condition=Q(name_order="own") | ~Q(partner_name=""), name="a_partners_name_is_used_only_if_there_is_one"
            ),
            models.CheckConstraint(
                condition=Q(bsn_sealed="", bsn_index__isnull=True) | (~Q(bsn_sealed="") & Q(bsn_index__isnull=False)),
                name="a_bsn_is_sealed_iff_it_is_indexed",
            ),
            models.CheckConstraint(
                condition=Q(identity_checked_at__isnull=True, identity_checked_by__isnull=True, identity_document="")
                | (Q(identity_checked_at__isnull=False, identity_checked_by__isnull=False) & ~Q(identity_document="")),
                name="an_identity_check_says_who_when_and_by_what",
            ),
            models.CheckConstraint(
                condition=Q(deceased_on__isnull=True) | Q(deceased_on__gte=F("birth_date")),
                name="a_patient_dies_after_being_born",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="a_patient_is_not_merged_into_themselves",
            ),
        ]
        indexes = [models.Index(fields=["sort_name", "number"], name="patients_by_name")]

    def __str__(self) -> str:
        return self.name.listed()

    @property
    def name(self) -> PersonName:
        """The name as a value that knows how it is written."""
        return PersonName(
            family=self.family_name,
            prefix=self.prefix,
            given=self.given_name,
            initials=self.initials,
            partner=self.partner_name,
            partner_prefix=self.partner_prefix,
            order=NameOrder(self.name_order),
        )

    @property
    def bsn(self) -> str:
        """The citizen service number, opened; empty when it is not recorded. People see it through `reveal_bsn`."""
        return open_sealed(self.bsn_sealed, self._bsn_place) if self.bsn_sealed else ""

    @bsn.setter
    def bsn(self, number: str) -> None:
        """Seal the number and its index; an empty one removes both."""
        self.bsn_sealed = seal(number, self._bsn_place) if number else ""
        self.bsn_index = blind_index(number) if number else None

    @property
    def _bsn_place(self) -> str:
        return f"{self._meta.db_table}.bsn_sealed.{self.pk}"

    @property
    def masked_bsn(self) -> str:
        """The BSN as a screen shows it; empty when it is not recorded."""
        return bsn_numbers.masked(self.bsn)

    @property
    def phone_digits(self) -> frozenset[str]:
        """The patient's phone numbers as digits, in national form where they are Dutch."""
        return frozenset(digits(phone) for phone in (self.phone, self.other_phone) if phone)

    @property
    def address(self) -> str:
        """The address on one line; empty when nothing of it is known."""
        lines = (f"{self.street} {self.house_number}", f"{self.postcode} {self.city}", self.country)
        return ", ".join(line.strip() for line in lines if line.strip())

    def age(self, day: dt.date) -> int:
        """Full years of life on `day`, and never more than were lived."""
        return age_on(self.birth_date, min(day, self.deceased_on or day))

    def consents_by(self, day: dt.date) -> ConsentBy:
        """Who consents to treatment on `day`."""
        return consent_by(self.birth_date, day)

    def identity(self) -> Identity:
        """What tells this patient apart from others."""
        return Identity(
            surnames=tuple(name for name in (self.family_name, self.partner_name) if name),
            given=self.name.called(),
            birth_date=self.birth_date,
            phones=self.phone_digits,
            bsn=self.bsn_index or "",
        )

    def findable_by(self) -> set[tuple[str, str]]:
        """Everything this patient can be found by, as kind and token; nothing when merged into another record."""
        if self.merged_into_id:
            return set()
        names = (self.initials.replace(".", " "), self.given_name, self.family_name, self.partner_name)
        tokens = {(search.NAME, word[: search.TOKEN_LENGTH]) for name in names for word in words(name)}
        for prefix, family in ((self.prefix, self.family_name), (self.partner_prefix, self.partner_name)):
            tokens |= search.of_surname(prefix, family)
        tokens |= {
            (search.PHONE, phone[start:])
            for phone in self.phone_digits
            for start in range(len(phone) - SHORTEST_PHONE + 1)
        }
        tokens |= {
            (search.NUMBER, str(self.number)),
            (search.BIRTHDAY, f"{self.birth_date:%m%d}"),
            (search.BIRTH_DATE, self.birth_date.isoformat()),
        }
        return tokens | ({(search.BSN, self.bsn_index)} if self.bsn_index else set())

    def refresh_search(self) -> None:
        """Write the search tokens that belong to the patient as it is now."""
        wanted = self.findable_by()
        stored = {(token.kind, token.token): token.pk for token in self.search_tokens.all()}
        SearchToken.objects.filter(pk__in=[pk for found, pk in stored.items() if found not in wanted]).delete()
        SearchToken.objects.bulk_create(
            SearchToken(patient=self, kind=kind, token=token) for kind, token in sorted(wanted - stored.keys())
        )


def digits(phone: str) -> str:
    """The digits of a stored phone number; a Dutch one in national form ("+31612345678" is "0612345678")."""
    national = phone.replace(DUTCH, "0", 1) if phone.startswith(DUTCH) else phone
    return "".join(sign for sign in national if sign.isdigit())


def name_of(patient: str) -> list[str]:
    """The columns that make up a patient's name, for `only`; `patient` is the way from a row to the patient."""
    parts = ("initials", "given_name", "prefix", "family_name", "partner_prefix", "partner_name", "name_order")
    return [f"{patient}__{part}" for part in parts]


def locations_of(staff: Staff, act: Act) -> frozenset[int] | None:
    """The locations for which this person is granted an act; None for all locations."""
    locations = {grant.location_id for grant in staff.current_grants if may(frozenset({Role(grant.role)}), act)}
    return None if None in locations else frozenset(location for location in locations if location)


def of_readable_patients(rows: models.QuerySet, staff: Staff, patient: str) -> models.QuerySet:
    """Those rows whose patient's record this person may read now; see `PatientQuerySet.visible_to`.

    `patient` is the way from a row to the id of its patient.
    """
    if not staff.may(Act.READ_PATIENT):
        return rows.none()
    reviewed = locations_of(staff, Act.REVIEW_PLAN)
    if reviewed is None:
        return rows
    relationships = TreatmentRelationship.objects.current(timezone.now()).with_staff(staff)
    if reviewed:
        relationships |= TreatmentRelationship.objects.filter(location_id__in=reviewed)
    return rows.filter(Exists(relationships.filter(patient_id=OuterRef(patient))))


def overseen(rows: models.QuerySet, staff: Staff, act: Act, patient: str) -> models.QuerySet:
    """Those rows whose patient is treated at a location for which this person is granted an act.

    `patient` is the way from a row to the id of its patient. Without the grant there are none; with one for all
    locations the rows stay as they are.
    """
    if not staff.may(act):
        return rows.none()
    locations = locations_of(staff, act)
    if locations is None:
        return rows
    teams = TreatmentRelationship.objects.filter(location_id__in=locations)
    return rows.filter(Exists(teams.filter(patient_id=OuterRef(patient))))


class TreatmentRelationshipQuerySet(models.QuerySet["TreatmentRelationship"]):
    """Treatment relationships as the practice speaks of them."""

    def current(self, now: dt.datetime) -> "TreatmentRelationshipQuerySet":
        """The relationships that hold at this moment."""
        return self.filter(Q(until=None) | Q(until__gt=now), from_at__lte=now)

    def with_staff(self, staff: Staff) -> "TreatmentRelationshipQuerySet":
        """The relationships that include this person: their own, and those of the teams they work in."""
        locations = locations_of(staff, Act.READ_PATIENT)
        team = Q(location__isnull=False) if locations is None else Q(location_id__in=locations)
        return self.filter(Q(staff=staff) | team)

    def as_lines(self) -> "TreatmentRelationshipQuerySet":
        """The same relationships with no more than a line about each says: with whom, on what ground and since when."""
        said = ("patient", "basis", "from_at", "until", "staff__name", "location__name")
        return self.select_related("staff", "location").only(*said)


class TreatmentRelationship(models.Model):
    """Why a person, or the team of a location, may read a record: made by an explicit act, for a time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="relationships", verbose_name=_("patient")
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="treatment_relationships",
        null=True,
        blank=True,
        verbose_name=_("member of staff"),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="treatment_relationships",
        null=True,
        blank=True,
        verbose_name=_("team of the location"),
    )
    from_at = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    basis = models.CharField(
        _("basis"),
        max_length=12,
        choices=[
            ("registration", _("registration")),
            ("episode", _("episode of care")),
            ("takeover", _("takeover")),
            ("cover", _("cover for a colleague")),
        ],
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = TreatmentRelationshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment relationship")
        verbose_name_plural = _("treatment relationships")
        ordering = ["-from_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=True, location__isnull=False) | Q(staff__isnull=False, location__isnull=True),
                name="a_relationship_is_with_one_person_or_one_team",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("from_at")), name="a_relationship_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(basis__in=["takeover", "cover"]) | ~Q(reason=""), name="a_takeover_has_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["patient", "location", "staff"], name="relationships_of_a_patient")]

    def __str__(self) -> str:
        return f"{self.with_whom}, {self.get_basis_display()}"

    @property
    def with_whom(self) -> str:
        """The person, or the location whose team it is."""
        return str(self.staff or self.location)
