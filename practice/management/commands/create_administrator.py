"""Make the first account of a new practice."""

import os
from getpass import getpass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import timezone, translation

from practice import actions
from practice.models import Staff

VARIABLE = "ADMINISTRATOR_PASSWORD"


class Command(BaseCommand):
    help = f"Add an administrator. The password is asked for, or read from the environment variable {VARIABLE}."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for who the administrator is."""
        parser.add_argument("email", help="the e-mail address to sign in with")
        parser.add_argument("name", help="first and last name")

    def handle(self, *args: object, email: str, name: str, **options: object) -> None:
        """Add the account, or tell what is wrong with the address or the password."""
        with translation.override("en"):
            staff = Staff(email=email.strip().lower(), name=name.strip())
            self._check(validate_email, staff.email)
            password = os.environ.get(VARIABLE) or self._asked()
            self._check(staff.full_clean, exclude=["password"])
            self._check(validate_password, password, staff)
        actions.add_administrator(email=staff.email, name=staff.name, password=password, now=timezone.now())
        self.stdout.write(f"{staff.name} can sign in as administrator with {staff.email}.")

    def _asked(self) -> str:
        if not os.isatty(0):
            raise CommandError(f"There is nobody to ask for a password. Set {VARIABLE}.")
        password = getpass("Password: ")
        if password != getpass("Again: "):
            raise CommandError("The two passwords differ.")
        return password

    def _check(self, check: object, *args: object, **options: object) -> None:
        try:
            check(*args, **options)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
