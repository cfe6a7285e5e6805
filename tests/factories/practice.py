"""Makes people of the practice for tests."""

from typing import Any

import factory

from practice.domain.grants import Role
from practice.models import RoleGrant, Staff

PASSWORD = "a-long-password-of-a-test"


class StaffFactory(factory.django.DjangoModelFactory):
    """A member of staff. `roles=["manager"]` grants roles; the default is a physiotherapist."""

    class Meta:
        model = Staff
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Medewerker {n}")
    email = factory.Sequence(lambda n: f"medewerker{n}@example.org")

    @classmethod
    def _create(cls, model_class: type[Staff], *_args: Any, **kwargs: Any) -> Staff:
        return model_class.objects.create_user(password=kwargs.pop("password", None), **kwargs)

    @factory.post_generation
    def roles(self, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        for role in [Role.PHYSIOTHERAPIST] if extracted is None else extracted:
            RoleGrantFactory(staff=self, role=role)


class RoleGrantFactory(factory.django.DjangoModelFactory):
    """A role that has been held since long."""

    class Meta:
        model = RoleGrant

    staff = factory.SubFactory(StaffFactory, roles=[])
    role = Role.PHYSIOTHERAPIST
