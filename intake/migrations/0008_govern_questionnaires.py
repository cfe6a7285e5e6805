"""Drafts of questionnaires, with who wrote and who approved them, and the steps in their making."""

from functools import partial

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from intake.migrations._frozen import Frozen, freeze, thaw


# SQLite makes the table anew for a constraint, and its triggers go with the old one: so they go first, and come back.
PUBLISHED = Frozen(
    "intake_questionnaireversion",
    "a_published_questionnaire_does_not_change",
    when="OLD.status <> 'draft'",
    columns=("code", "version", "region", "title", "content", "content_hash"),
)
WHO_MADE_IT = ("based_on_id", "drafted_by_id", "submitted_by_id", "submitted_at", "approved_by_id", "approved_at")
RULES = [
    PUBLISHED,
    Frozen(
        "intake_questionnaireversion",
        "who_made_a_published_questionnaire_does_not_change",
        when="OLD.status IN ('published', 'retired')",
        columns=WHO_MADE_IT,
    ),
    Frozen("intake_questionnairestep", "a_step_of_a_questionnaire_does_not_change"),
]

class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0007_answers_set_aside'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(partial(thaw, [PUBLISHED]), partial(freeze, [PUBLISHED])),
        migrations.CreateModel(
            name='QuestionnaireStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(blank=True, max_length=80, verbose_name='question')),
                ('comment', models.TextField(blank=True, verbose_name='comment')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('what', models.CharField(choices=[('drafted', 'draft made'), ('question_changed', 'question changed'), ('question_added', 'question added'), ('question_removed', 'question removed'), ('submitted', 'submitted for review'), ('returned', 'returned to its author'), ('published', 'published'), ('set_aside', 'set aside')], max_length=20, verbose_name='step')),
            ],
            options={
                'verbose_name': 'step of a questionnaire version',
                'verbose_name_plural': 'steps of a questionnaire version',
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='approved_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='approved at'),
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='approved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by'),
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='based_on',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='intake.questionnaireversion', verbose_name='draft of version'),
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='drafted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by'),
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='edits',
            field=models.PositiveIntegerField(default=0, verbose_name='changes'),
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='origin_hash',
            field=models.CharField(blank=True, help_text='Of the file this version came from, if any.', max_length=64, verbose_name='hash of the file'),
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='submitted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='submitted at'),
        ),
        migrations.AddField(
            model_name='questionnaireversion',
            name='submitted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='submitted by'),
        ),
        migrations.AlterField(
            model_name='questionnaireversion',
            name='status',
            field=models.CharField(choices=[('draft', 'draft'), ('in_review', 'in review'), ('published', 'published'), ('retired', 'retired')], max_length=10, verbose_name='status'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireversion',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(models.Q(('drafted_by__isnull', True), models.Q(('drafted_by', models.F('approved_by')), _negated=True), _connector='OR'), models.Q(('submitted_by__isnull', True), models.Q(('submitted_by', models.F('approved_by')), _negated=True), _connector='OR')), _connector='OR'), name='who_approves_a_questionnaire_did_not_write_it'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('submitted_at__isnull', True), ('submitted_by__isnull', True)), models.Q(('submitted_at__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='a_submitted_questionnaire_says_by_whom_and_when'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='an_approved_questionnaire_was_submitted'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'in_review'), _negated=True), ('submitted_by__isnull', False), _connector='OR'), name='a_questionnaire_in_review_was_submitted'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['draft', 'in_review']), _negated=True), ('approved_by__isnull', True), _connector='OR'), name='an_approved_questionnaire_is_no_draft'),
        ),
        migrations.AddConstraint(
            model_name='questionnaireversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'published'), _negated=True), ('based_on__isnull', True), ('approved_by__isnull', False), _connector='OR'), name='a_drafted_questionnaire_is_published_by_a_second_person'),
        ),
        migrations.AddField(
            model_name='questionnairestep',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='questionnairestep',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='intake.questionnaireversion'),
        ),
        migrations.AddConstraint(
            model_name='questionnairestep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what', 'returned'), _negated=True), models.Q(('comment', ''), _negated=True), _connector='OR'), name='a_returned_questionnaire_has_a_comment'),
        ),
        migrations.RunPython(partial(freeze, RULES), partial(thaw, RULES)),
    ]
