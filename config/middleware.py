"""What happens around every request: its origin, the limits of its session, its language, and what caches keep."""

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from practice import audit

View = Callable[[HttpRequest], HttpResponse]
METHODS = ["GET", "HEAD", "POST"]
SECONDS_BETWEEN_NOTES = 30  # of when somebody was last seen: not every request writes the session
OPEN_WITH_TEMPORARY_PASSWORD = ("change_password", "sign_out", "set_language")


def client_address(request: HttpRequest) -> str:
    """The network address of the browser: what our own proxy noted last, else who connected to us."""
    noted = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() if settings.BEHIND_PROXY else ""
    try:
        return str(ip_address(noted))
    except ValueError:
        return request.META.get("REMOTE_ADDR", "")


def access_log(get_response: View) -> View:
    """Tell the access log where the events of this request come from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with audit.coming_from(client_address(request), request.session):
            return get_response(request)

    return middleware


def only_looking_and_sending(get_response: View) -> View:
    """Answer no other methods than those that our screens use."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)

    return middleware


def session_limits(get_response: View) -> View:
    """Sign people out who were idle too long, or who signed in too long ago however active they were."""

    def middleware(request: HttpRequest) -> HttpResponse:
        now = int(timezone.now().timestamp())
        if request.user.is_authenticated and _is_over(request.session, now):
            logout(request)
        response = get_response(request)
        if request.user.is_authenticated:
            _note(request.session, now)
        return response

    return middleware


def _is_over(session: SessionBase, now: int) -> bool:
    idle, age = now - session.get("seen", now), now - session.get("began", now)
    return idle >= settings.SESSION_IDLE_AGE or age >= settings.SESSION_COOKIE_AGE


def _note(session: SessionBase, now: int) -> None:
    session.setdefault("began", now)
    if now - session.get("seen", 0) >= SECONDS_BETWEEN_NOTES:
        session["seen"] = now


def own_password_first(get_response: View) -> View:
    """Show people who signed in with a temporary password nothing before they have chosen their own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        temporary = request.user.is_authenticated and request.user.temporary_password_until
        if temporary and request.path not in {reverse(name) for name in OPEN_WITH_TEMPORARY_PASSWORD}:
            return redirect("change_password")
        return get_response(request)

    return middleware


def chosen_language(request: HttpRequest) -> str:
    """The language of the user's profile, else of the browser, else Dutch."""
    profile = getattr(request.user, "language", "")
    if profile:
        return profile
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if cookie in dict(settings.LANGUAGES):
        return cookie
    return translation.get_language_from_request(request)


def language(get_response: View) -> View:
    """Serve the request in the language that `chosen_language` gives."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with translation.override(chosen_language(request)):
            request.LANGUAGE_CODE = translation.get_language()
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
            return response

    return middleware


def own_pages(get_response: View) -> View:
    """Tell browsers that our pages are for our pages only, and that they use no device."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        return response

    return middleware


def private_pages(get_response: View) -> View:
    """Forbid every cache to keep a page that a signed-in person has seen."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response

    return middleware
