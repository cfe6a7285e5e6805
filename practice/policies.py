"""What people of the practice may change about each other, and the reason when they may not."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from practice.models import Staff


class Refused(Exception):
    """An act that the rules refuse; its text is a reason that a user can read."""


def check_demo() -> None:
    """Raise `Refused` outside a demo, where no account is open to everybody."""
    if not settings.DEMO:
        raise Refused(_("There are no demo accounts outside a demo."))


def check_change_rights(by: Staff | None, staff: Staff) -> None:
    """Raise `Refused` when people would change their own roles or deactivate themselves."""
    if by == staff:
        raise Refused(_("Nobody changes their own roles. Ask another administrator."))


def check_give_password(by: Staff | None, staff: Staff) -> None:
    """Raise `Refused` when people would give themselves a password without telling the one they have."""
    if by == staff:
        raise Refused(_("Change your own password on your profile."))


def can_change_rights(by: Staff, staff: Staff) -> bool:
    """Whether `by` may change the roles of `staff` and whether that account is active."""
    try:
        check_change_rights(by, staff)
    except Refused:
        return False
    return True
