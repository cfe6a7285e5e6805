"""Steps for instruments that come whole, from a file or another questionnaire, and for one that is taken out again."""

from functools import partial

from django.conf import settings
from django.db import migrations, models

from intake.migrations._frozen import Frozen, freeze, thaw

# SQLite makes the table anew for a constraint, and its triggers go with the old one: so they go first, and come back.
STEPS = [Frozen("intake_questionnairestep", "a_step_of_a_questionnaire_does_not_change")]


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0009_govern_instruments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(partial(thaw, STEPS), partial(freeze, STEPS)),
        migrations.RemoveConstraint(
            model_name='questionnairestep',
            name='a_change_of_questions_names_what_changed',
        ),
        migrations.AlterField(
            model_name='questionnairestep',
            name='what',
            field=models.CharField(choices=[('drafted', 'draft made'), ('imported', 'draft made from a file'), ('question_changed', 'question changed'), ('question_added', 'question added'), ('question_removed', 'question removed'), ('mark_taken_away', 'mark taken away: no red flag or not required any more'), ('instrument_changed', 'instrument changed'), ('instrument_added', 'instrument added from a file'), ('instrument_replaced', 'instrument replaced by that of a file'), ('instrument_copied', 'instrument taken over from another questionnaire'), ('instrument_removed', 'instrument removed'), ('submitted', 'submitted for review'), ('returned', 'returned to its author'), ('published', 'published'), ('set_aside', 'set aside')], max_length=20, verbose_name='step'),
        ),
        migrations.AddConstraint(
            model_name='questionnairestep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what__in', ['question_changed', 'question_added', 'question_removed', 'mark_taken_away', 'instrument_changed', 'instrument_added', 'instrument_replaced', 'instrument_copied', 'instrument_removed']), _negated=True), models.Q(('code', ''), _negated=True), _connector='OR'), name='a_change_of_questions_names_what_changed'),
        ),
        migrations.AddConstraint(
            model_name='questionnairestep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what', 'instrument_copied'), _negated=True), models.Q(('comment', ''), _negated=True), _connector='OR'), name='what_is_taken_over_says_from_where'),
        ),
        migrations.RunPython(partial(freeze, STEPS), partial(thaw, STEPS)),
    ]
