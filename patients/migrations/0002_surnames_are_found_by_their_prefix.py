"""Patients are found by the prefix of their surname too: the tokens of those who are there already."""

from django.db import migrations
from django.db.models import Q

from patients.models.search import SURNAME, of_surname

AT_ONCE = 1000  # rows
SURNAMES = (("prefix", "family_name"), ("partner_prefix", "partner_name"))


def add_surnames(apps, schema_editor):
    """Write the tokens of every surname with a prefix; those that are there stay."""
    patients = apps.get_model("patients", "Patient").objects.using(schema_editor.connection.alias)
    tokens = apps.get_model("patients", "SearchToken").objects.using(schema_editor.connection.alias)
    found = patients.filter(~Q(prefix="") | ~Q(partner_prefix=""), merged_into=None)
    rows = found.values("pk", *(part for surname in SURNAMES for part in surname))
    made = (
        tokens.model(patient_id=row["pk"], kind=kind, token=token)
        for row in rows.iterator(AT_ONCE)
        for prefix, family in SURNAMES
        for kind, token in sorted(of_surname(row[prefix], row[family]))
    )
    tokens.bulk_create(made, batch_size=AT_ONCE, ignore_conflicts=True)


def remove_surnames(apps, schema_editor):
    """Take them out again."""
    tokens = apps.get_model("patients", "SearchToken").objects.using(schema_editor.connection.alias)
    tokens.filter(kind=SURNAME).delete()


class Migration(migrations.Migration):
    """Adds rows, changes no table."""

    dependencies = [("patients", "0001_initial")]

    operations = [migrations.RunPython(add_surnames, remove_surnames)]
