"""What may happen to an intake, and the reason when it may not."""

from django.utils.translation import gettext_lazy as _

from intake.models import Intake
from patients.policies import Refused
from practice.models import Staff


def check_write(intake: Intake, by: Staff) -> None:
    """Raise `Refused` unless `by` may change the answers of this intake now."""
    if not intake.is_draft:
        raise Refused(_("This intake is completed. Add an addendum instead."))
    if intake.author_id != by.pk:
        raise Refused(_("Only the author of a draft intake can change it."))


def can_write(intake: Intake, by: Staff) -> bool:
    """Whether `by` may change the answers of this intake now."""
    try:
        check_write(intake, by)
    except Refused:
        return False
    return True


def check_addendum(intake: Intake) -> None:
    """Raise `Refused` unless this intake may get an addendum."""
    if intake.status != "completed":
        raise Refused(_("Only a completed intake gets addenda; change the draft itself."))
