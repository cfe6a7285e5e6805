"""The people who work here and their roles. Everything that acts in Traject acts as a member of staff."""

import uuid
from functools import cached_property

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from practice.domain.grants import Act, Role, may


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
    is_active = models.BooleanField(_("active"), default=True)

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
    def roles(self) -> frozenset[Role]:
        """The roles this person holds now."""
        return frozenset(Role(role) for role in self.role_grants.values_list("role", flat=True))

    def may(self, act: Act) -> bool:
        """Whether this person is granted this act."""
        return self.is_active and may(self.roles, act)


class RoleGrant(models.Model):
    """A role that a member of staff holds."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="role_grants")
    role = models.CharField(
        _("role"),
        max_length=20,
        choices=[
            ("physiotherapist", _("physiotherapist")),
            ("front_desk", _("front desk")),
            ("manager", _("manager")),
            ("administrator", _("administrator")),
        ],
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [models.UniqueConstraint(fields=["staff", "role"], name="a_role_is_granted_once")]

    def __str__(self) -> str:
        return self.get_role_display()
