"""The people who work here and their roles. Everything that acts in Traject acts as a member of staff."""

import datetime as dt
import uuid
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from practice.domain.grants import Act, Role, may
from practice.models.places import Location

ROLE_NAMES = {
    Role.PHYSIOTHERAPIST: _("physiotherapist"),
    Role.FRONT_DESK: _("front desk"),
    Role.MANAGER: _("manager"),
    Role.ADMINISTRATOR: _("administrator"),
}


class StaffManager(BaseUserManager["Staff"]):
    """Finds and creates members of staff by e-mail address."""

    def get_by_natural_key(self, username: str | None) -> "Staff":
        """The member of staff with this e-mail address, whatever its capitals."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "Staff":
        """Add a member of staff who may sign in with `email` and `password`."""
        staff = self.model(email=email, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


class Staff(AbstractBaseUser):
    """A person who works in the practice and signs in by e-mail."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(
        _("language"), max_length=2, blank=True, default="", choices=[("nl", _("Dutch")), ("en", _("English"))]
    )
    colour_mode = models.CharField(
        _("colours"),
        max_length=6,
        default="system",
        choices=[("system", _("as the device")), ("light", _("light")), ("dark", _("dark"))],
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(_("demo account"), default=False, editable=False)
    temporary_password_until = models.DateTimeField(_("temporary password until"), null=True, editable=False)

    objects = StaffManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("email"), name="email_is_unique_whatever_its_capitals")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def current_grants(self) -> "list[RoleGrant]":
        """The roles that this person was granted and that are valid today."""
        today = timezone.localdate()
        return [grant for grant in self.role_grants.all() if grant.is_valid_on(today)]

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles this person holds now."""
        return frozenset(Role(grant.role) for grant in self.current_grants)

    @property
    def only_location_id(self) -> int | None:
        """The one location that all of this person's roles are for, or None."""
        locations = {grant.location_id for grant in self.current_grants}
        return locations.pop() if len(locations) == 1 else None

    def roles_on(self, date: dt.date) -> frozenset[Role]:
        """The roles this person holds on `date`."""
        return frozenset(Role(grant.role) for grant in self.role_grants.all() if grant.is_valid_on(date))

    def may(self, act: Act) -> bool:
        """Whether this person is granted this act."""
        return self.is_active and may(self.roles, act)

    def has_perm(self, *_permission: object) -> bool:
        """Never: rights come from the table of grants only, and code that asks for a permission gets none."""
        return False

    def has_module_perms(self, *_app: object) -> bool:
        """Never, as `has_perm`."""
        return False


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    """Speaks of the time in which a role is held."""

    def valid_on(self, date: dt.date) -> "RoleGrantQuerySet":
        """The grants that are valid on this day."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=date), valid_from__lte=date)


class RoleGrant(models.Model):
    """A role that a member of staff holds, from a first day until a last day, at one location or at all of them."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(_("role"), max_length=20, choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("location"), help_text=_("Empty: all")
    )
    valid_from = models.DateField(_("first day"), default=timezone.localdate)
    valid_until = models.DateField(_("last day"), null=True, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["role", "valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="a_role_does_not_end_before_it_begins",
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(condition=Q(role__in=[role.value for role in Role]), name="a_role_is_in_the_table"),
            models.UniqueConstraint(
                fields=["staff", "role", "valid_from"],
                condition=Q(location__isnull=True),
                name="a_role_for_all_locations_is_granted_once",
            ),
            models.UniqueConstraint(
                fields=["staff", "role", "location", "valid_from"], name="a_role_for_a_location_is_granted_once"
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()

    def is_valid_on(self, date: dt.date) -> bool:
        """Whether this role is held on this day."""
        return self.valid_from <= date and (self.valid_until is None or date <= self.valid_until)
