"""The door of patients: a short, signed admission to one personal link. It opens nothing else."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from intake.models import PatientLink
from practice.access import public

View = Callable[..., HttpResponse]
COOKIE = "__Host-preparing" if settings.SESSION_COOKIE_SECURE else "preparing"
SALT = "intake.access.patient_link"
ADMITTED_FOR = 30 * 60  # seconds after the last page


def admit(response: HttpResponse, link: PatientLink) -> HttpResponse:
    """Let this browser on to the pages of this link, for half an hour from now."""
    response.set_cookie(
        COOKIE,
        signing.dumps(str(link.pk), salt=SALT),
        max_age=ADMITTED_FOR,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Strict",
    )
    return response


def dismiss(response: HttpResponse) -> HttpResponse:
    """End the admission of this browser."""
    response.delete_cookie(COOKIE, samesite="Strict")
    return response


def admitted(request: HttpRequest) -> PatientLink | None:
    """The link that this browser was admitted to, if it may still be used."""
    try:
        pk = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=ADMITTED_FOR)
    except signing.BadSignature:
        return None
    link = PatientLink.objects.select_related("episode__patient", "questionnaire_version").filter(pk=pk).first()
    return link if link and link.is_usable(timezone.now()) else None


def patient_page(view: View) -> View:
    """A page that anybody may open: no cache keeps it, no other site hears of it, no search engine lists it."""

    @public
    @wraps(view)
    def private(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return private


def for_patient(view: View) -> View:
    """A page behind the second factor: the view gets the link of this browser, others are shown that it is closed."""

    @patient_page
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        link = admitted(request)
        if link is None:
            return redirect("prepare_closed")
        return view(request, link, *args, **kwargs)

    return guarded
