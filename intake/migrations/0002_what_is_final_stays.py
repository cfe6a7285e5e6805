"""A completed intake, its answers, its addenda and measurements, and a published questionnaire never change."""

from functools import partial

from django.db import migrations

from intake.migrations._frozen import Frozen, freeze, thaw

COMPLETED = "(SELECT status FROM intake_intake WHERE id = OLD.intake_id) = 'completed'"
RULES = [
    Frozen("intake_intake", "a_completed_intake_does_not_change", when="OLD.status = 'completed'"),
    Frozen("intake_sectionanswers", "answers_of_a_completed_intake_do_not_change", when=COMPLETED),
    Frozen("intake_addendum", "an_addendum_does_not_change"),
    Frozen("intake_measurement", "a_measurement_does_not_change"),
    Frozen(
        "intake_questionnaireversion",
        "a_published_questionnaire_does_not_change",
        when="OLD.status <> 'draft'",
        columns=("code", "version", "region", "title", "content", "content_hash"),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]
    operations = [migrations.RunPython(partial(freeze, RULES), partial(thaw, RULES))]
