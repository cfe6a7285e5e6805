"""Patients in the back office: read by grant, each reading written down. Changes are made on the screens."""

from functools import cached_property
from typing import ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from patients.models import Consent, Episode, ExternalProvider, Patient, TreatmentRelationship
from practice.admin import GrantedAdmin, GrantedInline
from practice.domain.grants import Act

COUNTED_AT_MOST = 1000


class BoundedPaginator(Paginator):
    """Pages through the first rows only: nothing counts a table of patients as a whole."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, up to `COUNTED_AT_MOST`."""
        return self.object_list[:COUNTED_AT_MOST].count()


class PatientRowAdmin(GrantedAdmin):
    """A table about patients: to be read, in the order of the newest."""

    acts: ClassVar[dict[str, Act]] = {"view": Act.READ_PATIENT}
    paginator = BoundedPaginator
    show_full_result_count = False


class ConsentInline(GrantedInline):
    """What the patient decided."""

    model = Consent
    acts: ClassVar[dict[str, Act]] = {"view": Act.READ_PATIENT}
    fields = ["kind", "decision", "decided_at", "recorded_by", "representative_name", "representative_relation"]


class TreatmentRelationshipInline(GrantedInline):
    """Who may read the record, since when and why."""

    model = TreatmentRelationship
    acts: ClassVar[dict[str, Act]] = {"view": Act.READ_PATIENT}
    fields = ["location", "staff", "basis", "reason", "from_at", "until"]


@admin.register(Patient)
class PatientAdmin(PatientRowAdmin):
    """The patients a manager may read. There is no BSN here, and no search: that would put names in addresses."""

    list_event = "patients_listed"
    list_display = ["number", "listed_name", "birth_date", "registered_at"]
    list_display_links = ["number", "listed_name"]
    ordering = ["-number"]
    fields = [
        *("number", "listed_name", "birth_date", "sex", "gender", "deceased_on"),
        *("address", "phone", "other_phone", "email", "language", "gp"),
        *("registered_at", "registered_by", "registered_despite", "changed_at"),
    ]
    inlines = [ConsentInline, TreatmentRelationshipInline]

    @admin.display(description=_("name"), ordering="sort_name")
    def listed_name(self, patient: Patient) -> str:
        """The name as a list shows it."""
        return patient.name.listed()

    def patient_of(self, row: Model) -> object:
        """The row's own id."""
        return row.pk


@admin.register(Episode)
class EpisodeAdmin(PatientRowAdmin):
    """The episodes of care of the patients a manager may read."""

    list_event = "episodes_listed"
    list_display = ["opened_on", "patient_number", "route", "practitioner", "location", "closed_on", "close_reason"]
    list_filter = ["route", "location", "close_reason"]
    list_select_related = ["patient", "practitioner__staff", "location"]
    ordering = ["-opened_on", "-pk"]
    fields = [
        *("patient", "title", "route", "referrer", "referred_on", "referral_valid_until"),
        *("practitioner", "location", "opened_on", "closed_on", "close_reason"),
    ]

    @admin.display(description=_("patient number"), ordering="patient__number")
    def patient_number(self, episode: Episode) -> int:
        """Whose episode it is, without a name in a list."""
        return episode.patient.number

    def patient_of(self, row: Episode) -> object:
        """The patient whose complaint it is."""
        return row.patient_id


@admin.register(ExternalProvider)
class ExternalProviderAdmin(GrantedAdmin):
    """General practitioners, referrers and others. One who stops is taken out of use, never deleted."""

    acts: ClassVar[dict[str, Act]] = dict.fromkeys(("view", "add", "change"), Act.MANAGE_PRACTICE)
    list_display = ["name", "kind", "organisation", "city", "agb", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["name", "organisation", "city", "agb"]
