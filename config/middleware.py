"""What happens around every request: where it comes from, the language of the person, pages that no cache keeps."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import add_never_cache_headers

from practice import audit

View = Callable[[HttpRequest], HttpResponse]


def client_address(request: HttpRequest) -> str:
    """The network address of the browser: what our own proxy noted last, else who connected to us."""
    if settings.BEHIND_PROXY:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")


def access_log(get_response: View) -> View:
    """Tell the access log where the events of this request come from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with audit.coming_from(client_address(request), request.session):
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


def private_pages(get_response: View) -> View:
    """Forbid every cache to keep a page that a signed-in person has seen."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response

    return middleware
