"""Care providers outside the practice: general practitioners, referrers, hospitals."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class ExternalProvider(models.Model):
    """A person or organisation outside the practice whom a patient comes from or goes to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(
        _("kind"),
        max_length=20,
        choices=[
            ("gp", _("general practitioner")),
            ("specialist", _("medical specialist")),
            ("hospital", _("hospital")),
            ("other", _("other care provider")),
        ],
    )
    name = models.CharField(_("name"), max_length=120)
    organisation = models.CharField(_("practice or organisation"), max_length=120, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    agb = models.CharField(
        _("AGB code"),
        max_length=8,
        blank=True,
        validators=[RegexValidator(r"^\d{8}$", _("Enter the eight digits of the AGB code."))],
    )
    secure_mail = models.EmailField(_("secure mail address"), blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("external care provider")
        verbose_name_plural = _("external care providers")
        ordering = ["name", "city"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agb="") | models.Q(agb__regex=r"^[0-9]{8}$"), name="an_agb_code_has_eight_digits"
            ),
            models.UniqueConstraint(
                fields=["agb"], condition=~models.Q(agb=""), name="an_agb_code_belongs_to_one_provider"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_provider_has_a_name"),
        ]

    def __str__(self) -> str:
        return ", ".join(part for part in (self.name, self.organisation, self.city) if part)
