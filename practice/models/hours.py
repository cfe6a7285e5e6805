"""What comes back week after week in wall time, such as hours of work and meetings."""

import datetime as dt
from collections.abc import Iterator

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from practice.models.places import WEEKDAYS


class Recurring(models.Model):
    """A piece of one day of the week that repeats every week or every so many weeks.

    With `every_n_weeks` above 1 the weeks are counted from the week of `valid_from`. First and last day are included.
    """

    weekday = models.PositiveSmallIntegerField(_("day"), choices=WEEKDAYS)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))
    valid_from = models.DateField(_("first day"))
    valid_until = models.DateField(_("last day"), null=True, blank=True)
    every_n_weeks = models.PositiveSmallIntegerField(_("every so many weeks"), default=1)

    class Meta:
        abstract = True

    def dates(self, first: dt.date, last: dt.date) -> Iterator[dt.date]:
        """The dates from `first` up to and including `last` on which it is there, in order."""
        first, last = max(first, self.valid_from), min(last, self.valid_until or last)
        in_first_week = _monday(self.valid_from).toordinal() + self.weekday - 1
        step = 7 * self.every_n_weeks
        begin = first.toordinal() + (in_first_week - first.toordinal()) % step
        return map(dt.date.fromordinal, range(begin, last.toordinal() + 1, step))


def _monday(date: dt.date) -> dt.date:
    return date - dt.timedelta(days=date.weekday())


def recurring_constraints(*, times: str, weekday: str, days: str, weeks: str) -> list[models.CheckConstraint]:
    """What holds for all that comes back, under the sentences that each table calls it by."""
    return [
        models.CheckConstraint(
            condition=Q(ends__gt=F("starts")),
            name=times,
            violation_error_message=_("The end comes after the start."),
        ),
        models.CheckConstraint(condition=Q(weekday__gte=1, weekday__lte=7), name=weekday),
        models.CheckConstraint(
            condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
            name=days,
            violation_error_message=_("The last day is before the first."),
        ),
        models.CheckConstraint(
            condition=Q(every_n_weeks__gte=1, every_n_weeks__lte=8),
            name=weeks,
            violation_error_message=_("Choose a number from 1 to 8."),
        ),
    ]
