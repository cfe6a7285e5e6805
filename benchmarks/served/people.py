"""Fill the database of the served Traject and sign somebody of each role in: prints the session of each as JSON."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up before its models are read
from django.core.management import call_command, get_commands  # noqa: E402
from django.test import Client  # noqa: E402

from practice.domain.grants import Role  # noqa: E402
from practice.models import RoleGrant, Staff  # noqa: E402


def signed_in(role: Role) -> str:
    """A cookie header of somebody with `role` who is signed in."""
    staff = Staff.objects.filter(role_grants__role=role).first()
    if staff is None:
        staff = Staff.objects.create_user(f"{role}@example.org", name=role)
        RoleGrant.objects.create(staff=staff, role=role)
    client = Client()
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    for command in ("load_content", "load_demo"):
        if command in get_commands():
            call_command(command, stdout=sys.stderr)
    print(json.dumps({role: signed_in(role) for role in Role}))
