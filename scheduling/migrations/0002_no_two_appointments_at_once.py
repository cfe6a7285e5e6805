"""The database itself refuses that a practitioner, a room or a patient has two appointments at once."""

from django.db import migrations

from scheduling.migrations._overlap import allow_overlap, refuse_overlap


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_appointments_and_what_goes_with_them")]
    operations = [migrations.RunPython(refuse_overlap, allow_overlap)]
