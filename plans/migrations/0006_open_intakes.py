"""Intakes on which something waits, as who watches over them sees them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("plans", "0005_plans_to_review"), ("intake", "0005_what_patients_offered_stays")]
    operations = [
        migrations.CreateModel(
            name="OpenIntake",
            fields=[],
            options={
                "verbose_name": "open intake",
                "verbose_name_plural": "open intakes",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("intake.intake",),
        )
    ]
