"""The door of every view: who may pass is read from the table of grants, and who was refused is written down."""

from collections.abc import Callable
from functools import wraps
from typing import NoReturn, TypeVar

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from practice import audit
from practice.audit import Checks
from practice.domain.grants import Act
from practice.models import Staff

View = Callable[..., HttpResponse]
Row = TypeVar("Row", bound=Model)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Denied(PermissionDenied):
    """A refusal that is in the access log already."""


class StaffBackend(ModelBackend):
    """Lets a member of staff in by e-mail and password, for as long as the account is open."""

    def user_can_authenticate(self, user: Staff) -> bool:
        """Whether this account is open now; asked at signing in and at every request after."""
        until = user.temporary_password_until
        expired = until is not None and until <= timezone.now()
        return super().user_can_authenticate(user) and not expired and (settings.DEMO or not user.is_demo)


def requires(act: Act) -> Callable[[View], View]:
    """Let only people through who are granted `act`; the others get 403 and the denial is logged."""

    def door(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.may(act):
                deny(request, act)
            return view(request, *args, **kwargs)

        guarded.required_act = act
        return guarded

    return door


def public(view: View) -> View:
    """Declare that anybody may open this view, signed in or not."""
    view.required_act = None
    return view


def deny(request: HttpRequest, act: Act) -> NoReturn:
    """Write down that this person is not granted `act`, and raise `Denied`."""
    audit.record(
        by=request.user,
        event=act.value,
        action="R" if request.method in SAFE_METHODS else "E",
        now=timezone.now(),
        detail=request.resolver_match.view_name if request.resolver_match else "",
        checks=Checks(authorised=False),
        allowed=False,
    )
    raise Denied


def get_visible(
    request: HttpRequest,
    visible: QuerySet[Row],
    pk: object,
    *,
    event: str,
    patient: Callable[[Row], object] | None = None,
    checks: Checks | None = None,
    purpose: str = "",
) -> Row:
    """The row `pk` of the rows that this person may see, with the read logged; else Http404, with the refusal logged.

    `visible` is a queryset that was narrowed by `visible_to(request.user)`. `patient` gives the id of the patient whom
    a row is about. Being visible proves the treatment relationship of a patient's row, unless `checks` says otherwise.
    """
    try:
        row = visible.get(pk=pk)
    except visible.model.DoesNotExist:
        not_visible(request, visible.model, pk, event=event, patient=patient)
    audit.record(
        by=request.user,
        event=event,
        action="R",
        now=timezone.now(),
        patient_id=patient(row) if patient else None,
        object_type=visible.model._meta.label_lower,
        object_id=pk,
        checks=checks or Checks(authorised=True, treatment_relationship=True if patient else None),
        purpose=purpose,
    )
    return row


def not_visible(
    request: HttpRequest,
    model: type[Row],
    pk: object,
    *,
    event: str,
    patient: Callable[[Row], object] | None = None,
) -> NoReturn:
    """Write down that this person asked for a row that is not there for them, and raise Http404.

    The log tells whose record was asked for when the row exists; the answer is the same when it does not.
    """
    row = model._base_manager.filter(pk=pk).first() if patient else None
    audit.record(
        by=request.user,
        event=event,
        action="R" if request.method in SAFE_METHODS else "E",
        now=timezone.now(),
        patient_id=patient(row) if row and patient else None,
        object_type=model._meta.label_lower,
        object_id=pk,
        checks=Checks(authorised=True, treatment_relationship=False if row else None),
        allowed=False,
    )
    raise Http404
