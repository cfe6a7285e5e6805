"""Those who treat: what they are, what they are able to do, and when they work."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from practice.domain.professions import Competence, Discipline
from practice.models.hours import Recurring, recurring_constraints
from practice.models.places import AGB, IS_AGB, Location
from practice.models.staff import Staff

BIG = r"^[0-9]{11}\Z"
IS_BIG = RegexValidator(BIG, _("A BIG number has 11 digits."))

DISCIPLINE_NAMES = {
    Discipline.PHYSIOTHERAPIST: _("physiotherapist"),
    Discipline.MANUAL_THERAPIST: _("manual therapist"),
    Discipline.PELVIC_PHYSIOTHERAPIST: _("pelvic physiotherapist"),
    Discipline.PSYCHOSOMATIC_PHYSIOTHERAPIST: _("psychosomatic physiotherapist"),
    Discipline.PAEDIATRIC_PHYSIOTHERAPIST: _("paediatric physiotherapist"),
    Discipline.GERIATRIC_PHYSIOTHERAPIST: _("geriatric physiotherapist"),
    Discipline.SPORTS_PHYSIOTHERAPIST: _("sports physiotherapist"),
    Discipline.OEDEMA_PHYSIOTHERAPIST: _("oedema physiotherapist"),
    Discipline.OCCUPATIONAL_PHYSIOTHERAPIST: _("occupational physiotherapist"),
    Discipline.EXERCISE_THERAPIST: _("exercise therapist"),
}
COMPETENCE_NAMES = {
    Competence.MANUAL_TECHNIQUES: _("manual techniques"),
    Competence.MANIPULATION: _("manipulation"),
    Competence.DRY_NEEDLING: _("dry needling"),
    Competence.TAPING: _("taping"),
    Competence.PELVIC: _("pelvic physiotherapy"),
    Competence.PSYCHOSOMATIC: _("psychosomatic physiotherapy"),
}


class Practitioner(models.Model):
    """A member of staff who treats patients."""

    staff = models.OneToOneField(
        Staff, on_delete=models.PROTECT, related_name="practitioner", verbose_name=_("member of staff")
    )
    agb = models.CharField(_("AGB code"), max_length=8, blank=True, validators=[IS_AGB])
    big = models.CharField(_("BIG number"), max_length=11, blank=True, validators=[IS_BIG])

    class Meta:
        verbose_name = _("practitioner")
        verbose_name_plural = _("practitioners")
        ordering = ["staff__name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agb="") | Q(agb__regex=AGB), name="agb_code_of_practitioner_has_8_digits"
            ),
            models.CheckConstraint(condition=Q(big="") | Q(big__regex=BIG), name="big_number_has_11_digits"),
            models.UniqueConstraint(
                fields=["agb"], condition=~Q(agb=""), name="an_agb_code_belongs_to_one_practitioner"
            ),
            models.UniqueConstraint(
                fields=["big"], condition=~Q(big=""), name="a_big_number_belongs_to_one_practitioner"
            ),
        ]

    def __str__(self) -> str:
        return str(self.staff)

    @property
    def discipline_codes(self) -> frozenset[str]:
        """The codes of the disciplines in which this person works."""
        return frozenset(row.code for row in self.disciplines.all())

    @property
    def competence_codes(self) -> frozenset[str]:
        """The codes of what this person is able to do beyond basic training."""
        return frozenset(row.code for row in self.competences.all())


class PractitionerDiscipline(models.Model):
    """A discipline in which a practitioner works."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="disciplines")
    code = models.CharField(
        _("discipline"), max_length=40, choices=[(code.value, name) for code, name in DISCIPLINE_NAMES.items()]
    )

    class Meta:
        verbose_name = _("discipline")
        verbose_name_plural = _("disciplines")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "code"], name="a_discipline_is_listed_once"),
            models.CheckConstraint(condition=Q(code__in=[*map(str, Discipline)]), name="a_discipline_has_a_known_code"),
        ]

    def __str__(self) -> str:
        return self.get_code_display()


class PractitionerCompetence(models.Model):
    """Something that a practitioner is able to do."""

    practitioner = models.ForeignKey(Practitioner, on_delete=models.CASCADE, related_name="competences")
    code = models.CharField(
        _("competence"), max_length=40, choices=[(code.value, name) for code, name in COMPETENCE_NAMES.items()]
    )

    class Meta:
        verbose_name = _("competence")
        verbose_name_plural = _("competences")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "code"], name="a_competence_is_listed_once"),
            models.CheckConstraint(condition=Q(code__in=[*map(str, Competence)]), name="a_competence_has_a_known_code"),
        ]

    def __str__(self) -> str:
        return self.get_code_display()


class WorkingHours(Recurring):
    """When a practitioner works at a location."""

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.CASCADE, related_name="working_hours", verbose_name=_("practitioner")
    )
    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"))

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["practitioner", "weekday", "starts"]
        constraints = recurring_constraints(
            times="work_ends_after_it_starts",
            weekday="work_is_on_a_day_of_the_week",
            days="working_hours_do_not_end_before_they_begin",
            weeks="work_repeats_every_1_to_8_weeks",
        )

    def __str__(self) -> str:
        return f"{self.practitioner}: {self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"


class Absence(models.Model):
    """A time in which a practitioner does not work; half-open: `starts` counts, `ends` does not."""

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.CASCADE, related_name="absences", verbose_name=_("practitioner")
    )
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="an_absence_ends_after_it_starts",
                violation_error_message=_("The end comes after the start."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.practitioner}: {localtime(self.starts):%d-%m-%Y}"
