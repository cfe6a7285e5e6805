"""Keeping what somebody wrote in a draft: it is saved, or the form says at its fields why not."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from patients.policies import Refused
from plans.actions.making import ChangedMeanwhile, Unfit, part_hash
from plans.admin.unsaved import both_words
from plans.domain.check import Flaw
from plans.forms.fields import written


def kept(
    form: Any, save: Callable[[], Iterable[Flaw] | None], *, refused_at: str | None = None
) -> tuple[Flaw, ...] | None:
    """Save what a valid form holds: the flaws this gives elsewhere; None when nothing is saved, and the form says why.

    `refused_at` is the field at which a refusal is said, the form as a whole where there is none.
    """
    try:
        return tuple(save() or ())
    except Unfit as unfit:
        form.blame(unfit.flaws)
    except Refused as refusal:
        form.add_error(refused_at, str(refusal))
    except ChangedMeanwhile as changed:
        _show_both(form, changed)
    return None


def _show_both(form: Any, changed: ChangedMeanwhile) -> None:
    """Say that somebody was faster; saving once more replaces what that person wrote, knowingly."""
    if "code" in form.fields and changed.current:
        form.add_error("code", _("This code is in use already. Give this one another code."))
        return
    form.changed_meanwhile = written(dict(changed.current)) if changed.current else ""
    form.data = form.data.copy()
    form.data["seen"] = part_hash(changed.current)
    form.add_error(None, both_words(changed))
