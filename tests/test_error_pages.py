"""The pages that tell what went wrong: each with a way on, also when nobody is signed in or nothing else works."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import path

from config import urls


def refuse(request: HttpRequest) -> None:
    raise PermissionDenied("Approving is for another manager.")


def misread(request: HttpRequest) -> None:
    raise SuspiciousOperation


def fall_over(request: HttpRequest) -> None:
    raise ZeroDivisionError


class Addresses:
    """The addresses of Traject, and three that fail."""

    urlpatterns = [
        path("refuse/", refuse),
        path("misread/", misread),
        path("fall-over/", fall_over),
        *urls.urlpatterns,
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/refuse/", 403, "Approving is for another manager."),
        ("/misread/", 400, "This request could not be understood"),
        ("/fall-over/", 500, "Something went wrong on our side"),
        ("/nowhere/", 404, "This page was not found"),
    ],
)
@override_settings(ROOT_URLCONF=Addresses)
def test_a_failure_has_a_page_with_a_way_on(address: str, status: int, words: str) -> None:
    client = Client(raise_request_exception=False, headers={"Accept-Language": "en"})
    response = client.get(address)
    assert response.status_code == status
    assert words in response.content.decode()
    assert 'href="/"' in response.content.decode()


@pytest.mark.django_db
def test_a_form_that_was_open_too_long_says_that_nothing_changed() -> None:
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    response = client.post("/sign-in/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "This page has expired" in response.content.decode()
