"""A walk through Traject, from signing in to the first screen. Read this first."""

import pytest
from django.test import Client

from practice.models import RoleGrant, Staff


@pytest.mark.django_db
def test_a_physiotherapist_signs_in_and_sees_today() -> None:
    staff = Staff.objects.create_user("sanne@example.org", "a-long-password", name="Sanne Bakker")
    RoleGrant.objects.create(staff=staff, role="physiotherapist")
    client = Client()
    client.post("/sign-in/", {"username": "Sanne@example.org", "password": "a-long-password"})
    response = client.get("/")
    assert response.status_code == 200
    assert "Traject" in response.content.decode()
