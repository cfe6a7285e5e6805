"""Time that comes back and in which nothing is booked: a meeting, lunch."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from practice.models import Location, Practitioner
from practice.models.places import WEEKDAYS


class RecurringBlock(models.Model):
    """Closed time that repeats in wall time: of one practitioner, of a location, or of the whole practice.

    With `every_n_weeks` above 1 the weeks are counted from the week of `valid_from`. First and last day are included.
    """

    title = models.CharField(_("what it is"), max_length=60, help_text=_("The desk and colleagues read this."))
    practitioner = models.ForeignKey(
        Practitioner,
        on_delete=models.CASCADE,
        related_name="recurring_blocks",
        null=True,
        blank=True,
        verbose_name=_("practitioner"),
        help_text=_("Empty: everybody"),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        related_name="recurring_blocks",
        null=True,
        blank=True,
        verbose_name=_("location"),
        help_text=_("Empty: all locations"),
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=WEEKDAYS)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    valid_from = models.DateField(_("first day"))
    valid_until = models.DateField(_("last day"), null=True, blank=True)
    every_n_weeks = models.PositiveSmallIntegerField(_("every so many weeks"), default=1)

    class Meta:
        verbose_name = _("recurring block")
        verbose_name_plural = _("recurring blocks")
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="a_block_ends_after_it_starts",
                violation_error_message=_("The end comes after the start."),
            ),
            models.CheckConstraint(condition=Q(weekday__gte=1, weekday__lte=7), name="a_block_is_on_a_day_of_the_week"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="a_block_does_not_end_before_it_begins",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                condition=Q(every_n_weeks__gte=1, every_n_weeks__lte=8),
                name="a_block_repeats_every_1_to_8_weeks",
                violation_error_message=_("Choose a number from 1 to 8."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"
