"""Answers that do not fit the questionnaire that an intake went on with: kept to be read."""

from functools import partial

import django.db.models.deletion
from django.db import migrations, models

from intake.migrations._frozen import Frozen, freeze, thaw

COMPLETED = "(SELECT status FROM intake_intake WHERE id = OLD.intake_id) = 'completed'"
RULES = [Frozen("intake_answersetaside", "what_a_completed_intake_set_aside_does_not_change", when=COMPLETED)]


class Migration(migrations.Migration):
    dependencies = [("intake", "0006_measurements_on_the_way")]
    operations = [
        migrations.CreateModel(
            name="AnswerSetAside",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=80, verbose_name="code")),
                ("answer", models.JSONField(verbose_name="answer")),
                ("label", models.JSONField(verbose_name="question")),
                ("words", models.JSONField(verbose_name="answer in words")),
                ("asked_in", models.CharField(max_length=120, verbose_name="asked in")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("not_asked", "not asked any more"),
                            ("not_allowed", "this answer cannot be given any more"),
                        ],
                        max_length=20,
                        verbose_name="why",
                    ),
                ),
                (
                    "intake",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="set_aside", to="intake.intake"
                    ),
                ),
            ],
            options={
                "verbose_name": "answer that was set aside",
                "verbose_name_plural": "answers that were set aside",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("intake", "code"), name="an_answer_is_set_aside_once_per_intake"
                    )
                ],
            },
        ),
        migrations.RunPython(partial(freeze, RULES), partial(thaw, RULES)),
    ]
