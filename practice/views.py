"""Screens of the practice: signing in and out, and what people decide about themselves."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from practice import actions, audit
from practice.access import public, requires
from practice.audit import Checks
from practice.domain.grants import Act, Role
from practice.forms import DemoSignInForm, LanguageForm, ProfileForm, SignInForm
from practice.models import Staff

BACK_OFFICE = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
YEAR = 365 * 24 * 60 * 60


@public
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by e-mail address and password."""
    if request.user.is_authenticated:
        return redirect(_wanted(request) or _landing(request.user))
    form = SignInForm(request, data=request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _enter(request, form.get_user())
    if form.is_bound:
        _record_refusal(request)
    demo_roles = DemoSignInForm.base_fields["role"].choices if settings.DEMO else []
    context = {"form": form, "next": _wanted(request), "demo_roles": demo_roles}
    return render(request, "practice/sign_in.html", context)


@public
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as the person who plays a role; there is no such page outside a demo."""
    form = DemoSignInForm(request.POST)
    if not settings.DEMO or not form.is_valid():
        raise Http404
    return _enter(request, actions.demo_staff(role=form.cleaned_data["role"], now=timezone.now()))


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and show the sign-in page."""
    if request.user.is_authenticated:
        audit.record(by=request.user, event="sign_out", action="E", now=timezone.now())
    logout(request)
    return redirect("sign_in")


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Show the same page in another language, from now on: for this browser, and for the person who is signed in."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        raise Http404
    language, user = form.cleaned_data["language"], request.user
    if user.is_authenticated:
        actions.change_own_profile(by=user, language=language, colour_mode=user.colour_mode, now=timezone.now())
    response = redirect(_wanted(request) or resolve_url("today"))
    secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, YEAR, secure=secure, httponly=True, samesite="Lax")
    return response


@requires(Act.CHANGE_OWN_PROFILE)
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is here, and the language and colours one wants."""
    chosen = {"language": request.user.language, "colour_mode": request.user.colour_mode}
    form = ProfileForm(request.POST or None, initial=chosen)
    if form.is_valid():
        actions.change_own_profile(by=request.user, **form.cleaned_data, now=timezone.now())
        with override(form.cleaned_data["language"] or get_language()):
            messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    return render(request, "practice/profile.html", {"form": form})


@sensitive_post_parameters()
@requires(Act.CHANGE_OWN_PROFILE)
def change_password(request: HttpRequest) -> HttpResponse:
    """Choose another password; all other sessions end."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if form.is_valid():
        password = form.cleaned_data["new_password1"]
        actions.change_own_password(by=request.user, password=password, now=timezone.now())
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password is changed. Other devices are signed out."))
        return redirect("profile")
    return render(request, "practice/change_password.html", {"form": form})


def _enter(request: HttpRequest, staff: Staff) -> HttpResponse:
    login(request, staff, backend="practice.access.StaffBackend")
    audit.record(by=staff, event="sign_in", action="E", now=timezone.now())
    return redirect(_wanted(request) or _landing(staff))


def _record_refusal(request: HttpRequest) -> None:
    # The address is kept as a keyed hash: people type passwords into the wrong field.
    address = audit.query_hash(request.POST.get("username", "").strip().lower())
    now, checks = timezone.now(), Checks(authorised=False)
    audit.record(by=None, event="sign_in", action="E", now=now, checks=checks, allowed=False, query_hash=address)


def _wanted(request: HttpRequest) -> str:
    """The page of our own that somebody was on the way to; empty if there is none."""
    address = request.POST.get("next") or request.GET.get("next", "")
    own = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if own else ""


def _landing(staff: Staff) -> str:
    if staff.roles == {Role.FRONT_DESK}:
        return resolve_url("to_schedule")
    return resolve_url("admin:index" if staff.roles and staff.roles <= BACK_OFFICE else "today")
