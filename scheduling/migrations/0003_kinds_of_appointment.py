"""The kinds of visit that every practice has; it may change their length and add its own."""

from django.db import migrations

KINDS = [
    ("intake", "eerste bezoek", "first visit", 60, "treatment_room"),
    ("session", "zitting", "session", 30, "treatment_room"),
    ("evaluation", "afsluitend bezoek", "closing visit", 30, "treatment_room"),
    ("exercise", "zitting in de oefenzaal", "session in the exercise room", 30, "exercise_room"),
    ("telephone", "telefonisch", "by telephone", 10, ""),
]


def add(apps, schema_editor):
    kind = apps.get_model("scheduling", "AppointmentKind")
    for code, name_nl, name_en, minutes, room_kind in KINDS:
        kind.objects.get_or_create(
            code=code,
            defaults={"name_nl": name_nl, "name_en": name_en, "minutes": minutes, "room_kind": room_kind},
        )


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0002_no_two_appointments_at_once")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
