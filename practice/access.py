"""The door of every view: who may pass is read from the table of grants."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from practice.domain.grants import Act

View = Callable[..., HttpResponse]


def requires(act: Act) -> Callable[[View], View]:
    """Let only people through who are granted `act`; the others get 403 and the denial is logged."""

    def door(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.may(act):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.required_act = act
        return guarded

    return door


def public(view: View) -> View:
    """Declare that anybody may open this view, signed in or not."""
    view.required_act = None
    return view
