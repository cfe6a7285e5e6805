"""Screens of the practice: signing in and out."""

from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from practice.access import public


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by e-mail address and password."""
    return LoginView.as_view(template_name="practice/sign_in.html", redirect_authenticated_user=True)(request)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and show the sign-in page."""
    logout(request)
    return redirect("sign_in")
