"""Steps for instruments, files and marks that are taken away; a mark goes for a reason, and a change names its part."""

from functools import partial

from django.conf import settings
from django.db import migrations, models

from intake.migrations._frozen import Frozen, freeze, thaw

# SQLite makes the table anew for a constraint, and its triggers go with the old one: so they go first, and come back.
STEPS = [Frozen("intake_questionnairestep", "a_step_of_a_questionnaire_does_not_change")]


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0008_govern_questionnaires'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(partial(thaw, STEPS), partial(freeze, STEPS)),
        migrations.AlterField(
            model_name='questionnairestep',
            name='code',
            field=models.CharField(blank=True, max_length=80, verbose_name='question or instrument'),
        ),
        migrations.AlterField(
            model_name='questionnairestep',
            name='what',
            field=models.CharField(choices=[('drafted', 'draft made'), ('imported', 'draft made from a file'), ('question_changed', 'question changed'), ('question_added', 'question added'), ('question_removed', 'question removed'), ('mark_taken_away', 'mark taken away: no red flag or not required any more'), ('instrument_changed', 'instrument changed'), ('submitted', 'submitted for review'), ('returned', 'returned to its author'), ('published', 'published'), ('set_aside', 'set aside')], max_length=20, verbose_name='step'),
        ),
        migrations.AddConstraint(
            model_name='questionnairestep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what', 'mark_taken_away'), _negated=True), models.Q(('comment', ''), _negated=True), _connector='OR'), name='a_mark_is_taken_away_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='questionnairestep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what__in', ['question_changed', 'question_added', 'question_removed', 'mark_taken_away', 'instrument_changed']), _negated=True), models.Q(('code', ''), _negated=True), _connector='OR'), name='a_change_of_questions_names_what_changed'),
        ),
        migrations.RunPython(partial(freeze, STEPS), partial(thaw, STEPS)),
    ]
