"""Episodes of care and consents: for what a patient comes, and to what they agreed."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.models.patient import Patient, of_readable_patients
from patients.models.provider import ExternalProvider
from practice.models import Location, Practitioner, Staff

CONSENT_KINDS = [
    ("treatment", _("treatment")),
    ("share_with_gp", _("sharing with the general practitioner")),
    ("reserved_or_special_procedure", _("reserved or special procedure")),
    ("email_reminders", _("reminders by e-mail")),
    ("quality_registry", _("quality registry")),
]


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Consents as the practice speaks of them."""

    def latest_of_each_kind(self) -> dict[str, "Consent"]:
        """The last decision for each kind, for consents of one patient. A kind that is absent was never asked."""
        return {consent.kind: consent for consent in self.order_by("decided_at", "pk")}


class Consent(models.Model):
    """One decision of a patient, never changed: a later decision on the same kind replaces it."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="consents", verbose_name=_("patient"))
    kind = models.CharField(_("kind"), max_length=30, choices=CONSENT_KINDS)
    decision = models.CharField(
        _("decision"),
        max_length=10,
        choices=[("given", _("given")), ("refused", _("refused")), ("withdrawn", _("withdrawn"))],
    )
    decided_at = models.DateTimeField(_("decided at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    representative_name = models.CharField(_("name of the representative"), max_length=120, blank=True)
    representative_relation = models.CharField(
        _("relation of the representative"),
        max_length=12,
        blank=True,
        choices=[
            ("parent", _("parent with custody")),
            ("guardian", _("guardian")),
            ("partner", _("partner")),
            ("mentor", _("mentor or curator")),
            ("authorised", _("authorised in writing")),
            ("family", _("family member")),
        ],
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=["given", "refused", "withdrawn"]),
                name="consent_is_given_refused_or_withdrawn",
            ),
            models.CheckConstraint(
                condition=Q(representative_name="", representative_relation="")
                | (~Q(representative_name="") & ~Q(representative_relation="")),
                name="a_representative_has_a_name_and_a_relation",
            ),
        ]
        indexes = [models.Index(fields=["patient", "kind", "decided_at"], name="consents_by_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_decision_display()}"


class EpisodeQuerySet(models.QuerySet["Episode"]):
    """Episodes as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "EpisodeQuerySet":
        """The episodes of the patients whose record this person may read."""
        return of_readable_patients(self, staff, "patient_id")

    def open(self) -> "EpisodeQuerySet":
        """Episodes that are not closed yet."""
        return self.filter(closed_on=None)

    def as_lines(self) -> "EpisodeQuerySet":
        """The same episodes with no more than a line about each says."""
        said = ("patient", "title", "route", "opened_on", "closed_on", "close_reason", "practitioner__staff__name")
        return self.select_related("practitioner__staff").only(*said)


class Episode(models.Model):
    """One complaint of one patient, from registration to closure."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="episodes", verbose_name=_("patient"))
    title = models.CharField(_("title"), max_length=60, blank=True)
    route = models.CharField(
        _("route"),
        max_length=15,
        choices=[("direct_access", _("direct access")), ("referral", _("referral"))],
    )
    referrer = models.ForeignKey(
        ExternalProvider,
        on_delete=models.PROTECT,
        related_name="referrals",
        null=True,
        blank=True,
        verbose_name=_("referrer"),
    )
    referred_on = models.DateField(_("date of the referral"), null=True, blank=True)
    referral_valid_until = models.DateField(_("referral valid until"), null=True, blank=True)
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="episodes", verbose_name=_("practitioner")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="episodes", verbose_name=_("location")
    )
    opened_on = models.DateField(_("opened on"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    close_reason = models.CharField(
        _("reason for ending"),
        max_length=20,
        blank=True,
        choices=[
            ("goals_met", _("goals met")),
            ("no_further_effect", _("no further effect expected")),
            ("own_request", _("at the patient's own request")),
            ("referred_back", _("referred back or on")),
            ("no_show", _("the patient did not come any more")),
            ("not_started", _("treatment was not started")),
            ("other", _("other reason")),
        ],
    )

    objects = EpisodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("episode of care")
        verbose_name_plural = _("episodes of care")
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    route="direct_access",
                    referrer__isnull=True,
                    referred_on__isnull=True,
                    referral_valid_until__isnull=True,
                )
                | Q(route="referral", referrer__isnull=False, referred_on__isnull=False),
                name="a_referral_has_a_referrer_and_a_date",
            ),
            models.CheckConstraint(
                condition=Q(referral_valid_until__isnull=True) | Q(referral_valid_until__gte=F("referred_on")),
                name="a_referral_is_valid_from_its_date",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_by__isnull=True, close_reason="")
                | (Q(closed_on__isnull=False, closed_by__isnull=False) & ~Q(close_reason="")),
                name="an_episode_is_closed_iff_it_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="an_episode_closes_after_it_opens",
            ),
        ]
        indexes = [models.Index(fields=["practitioner", "closed_on"], name="episodes_of_a_practitioner")]

    def __str__(self) -> str:
        return self.title or gettext("Episode of %(date)s") % {"date": date_format(self.opened_on, "j-b-Y")}

    @property
    def is_open(self) -> bool:
        """Whether the episode is not closed yet."""
        return self.closed_on is None

    def referral_has_expired(self, day: dt.date) -> bool:
        """Whether the referral is not valid any more on `day`. A referral without an end does not expire."""
        return self.referral_valid_until is not None and self.referral_valid_until < day
