"""Drafts of protocols with who wrote and who approved them, their test cases and their replays."""

from dataclasses import replace
from functools import partial

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from intake.migrations._frozen import Frozen, freeze, thaw


# SQLite makes the table anew for a constraint, and its triggers go with the old one: so they go first, and come back.
PUBLISHED = Frozen(
    "plans_protocolversion",
    "a_published_protocol_does_not_change",
    when="OLD.status IN ('published', 'retired')",
    columns=("code", "version", "title", "regions", "content", "content_hash"),
)
WHO_MADE_IT = ("based_on_id", "drafted_by_id", "submitted_by_id", "submitted_at", "approved_by_id", "approved_at")
RULES = [
    replace(PUBLISHED, columns=(*PUBLISHED.columns, *WHO_MADE_IT)),
    Frozen("plans_protocolstep", "a_step_of_a_protocol_does_not_change"),
]


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0005_what_patients_offered_stays'),
        ('plans', '0006_open_intakes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(partial(thaw, [PUBLISHED]), partial(freeze, [PUBLISHED])),
        migrations.CreateModel(
            name='MovedIntake',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gravest', models.PositiveSmallIntegerField(verbose_name='gravest change')),
                ("shifts", models.CharField(help_text="With a space around each.", max_length=400, verbose_name="kinds of change")),
                ('moved', models.JSONField(verbose_name='what is said otherwise')),
            ],
            options={
                'verbose_name': 'intake with another suggestion',
                'verbose_name_plural': 'intakes with another suggestion',
                'ordering': ['gravest', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ProtocolCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('protocol', models.CharField(max_length=60, verbose_name='protocol')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('questionnaire', models.CharField(max_length=60, verbose_name='questionnaire')),
                ('age', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='age')),
                ('sex', models.CharField(blank=True, choices=[('female', 'female'), ('male', 'male'), ('intersex', 'intersex')], max_length=10, verbose_name='sex')),
                ('route', models.CharField(blank=True, choices=[('direct_access', 'direct access'), ('referral', 'referral')], max_length=15, verbose_name='route')),
                ('answers', models.JSONField(verbose_name='answers')),
                ('expects', models.JSONField(verbose_name='expected')),
                ('why', models.TextField(blank=True, verbose_name='why this must come out')),
                ('edits', models.PositiveIntegerField(default=0, verbose_name='changes')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('changed_at', models.DateTimeField(blank=True, null=True, verbose_name='changed at')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired at')),
            ],
            options={
                'verbose_name': 'test case of a protocol',
                'verbose_name_plural': 'test cases of a protocol',
                'ordering': ['protocol', 'title'],
            },
        ),
        migrations.CreateModel(
            name='ProtocolStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('drafted', 'draft made'), ('imported', 'draft made from a file'), ('rule_added', 'rule added'), ('rule_changed', 'rule changed'), ('rule_retired', 'rule retired'), ('template_changed', 'template changed'), ('submitted', 'submitted for review'), ('returned', 'returned to its author'), ('published', 'published'), ('set_aside', 'set aside')], max_length=20, verbose_name='step')),
                ('code', models.CharField(blank=True, max_length=80, verbose_name='rule or template')),
                ('comment', models.TextField(blank=True, verbose_name='comment')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'step of a protocol version',
                'verbose_name_plural': 'steps of a protocol version',
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Replay',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('content_hash', models.CharField(help_text='Of the draft as it was then.', max_length=64, verbose_name='content hash')),
                ('status', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('cancelled', 'cancelled'), ('failed', 'failed')], default='waiting', max_length=10, verbose_name='status')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='intakes')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='done')),
                ('moved', models.PositiveIntegerField(default=0, verbose_name='with another suggestion')),
                ('counts', models.JSONField(default=dict, verbose_name='counts')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
            ],
            options={
                'verbose_name': 'replay',
                'verbose_name_plural': 'replays',
                'ordering': ['-asked_at'],
            },
        ),
        migrations.AddField(
            model_name='protocolversion',
            name='approved_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='approved at'),
        ),
        migrations.AddField(
            model_name='protocolversion',
            name='approved_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by'),
        ),
        migrations.AddField(
            model_name='protocolversion',
            name='based_on',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='plans.protocolversion', verbose_name='draft of version'),
        ),
        migrations.AddField(
            model_name='protocolversion',
            name='drafted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by'),
        ),
        migrations.AddField(
            model_name='protocolversion',
            name='edits',
            field=models.PositiveIntegerField(default=0, verbose_name='changes'),
        ),
        migrations.AddField(
            model_name='protocolversion',
            name='origin_hash',
            field=models.CharField(blank=True, help_text='Of the file this version came from, if any.', max_length=64, verbose_name='hash of the file'),
        ),
        migrations.AddField(
            model_name='protocolversion',
            name='submitted_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='submitted at'),
        ),
        migrations.AddField(
            model_name='protocolversion',
            name='submitted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='submitted by'),
        ),
        migrations.AddConstraint(
            model_name='protocolversion',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(models.Q(('drafted_by__isnull', True), models.Q(('drafted_by', models.F('approved_by')), _negated=True), _connector='OR'), models.Q(('submitted_by__isnull', True), models.Q(('submitted_by', models.F('approved_by')), _negated=True), _connector='OR')), _connector='OR'), name='who_approves_a_protocol_did_not_write_it'),
        ),
        migrations.AddConstraint(
            model_name='protocolversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('submitted_at__isnull', True), ('submitted_by__isnull', True)), models.Q(('submitted_at__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='a_submitted_protocol_says_by_whom_and_when'),
        ),
        migrations.AddConstraint(
            model_name='protocolversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), ('approved_by__isnull', True)), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), ('submitted_by__isnull', False)), _connector='OR'), name='an_approved_protocol_was_submitted'),
        ),
        migrations.AddConstraint(
            model_name='protocolversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'in_review'), _negated=True), ('submitted_by__isnull', False), _connector='OR'), name='a_protocol_in_review_was_submitted'),
        ),
        migrations.AddConstraint(
            model_name='protocolversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['draft', 'in_review']), _negated=True), ('approved_by__isnull', True), _connector='OR'), name='what_is_approved_is_no_draft'),
        ),
        migrations.AddConstraint(
            model_name='protocolversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'published'), _negated=True), ('based_on__isnull', True), ('approved_by__isnull', False), _connector='OR'), name='a_draft_is_published_by_a_second_person'),
        ),
        migrations.AddField(
            model_name='movedintake',
            name='intake',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='intake.intake'),
        ),
        migrations.AddField(
            model_name='protocolcase',
            name='changed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='protocolcase',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='protocolstep',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='protocolstep',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='plans.protocolversion'),
        ),
        migrations.AddField(
            model_name='replay',
            name='against',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='plans.protocolversion'),
        ),
        migrations.AddField(
            model_name='replay',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='replay',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replays', to='plans.protocolversion'),
        ),
        migrations.AddField(
            model_name='movedintake',
            name='replay',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='intakes', to='plans.replay'),
        ),
        migrations.AddConstraint(
            model_name='protocolcase',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at__isnull', True)), fields=('protocol', 'title'), name='a_test_case_has_a_title_of_its_own'),
        ),
        migrations.AddConstraint(
            model_name='protocolcase',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='a_test_case_has_a_title'),
        ),
        migrations.AddConstraint(
            model_name='protocolstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('what', 'returned'), _negated=True), models.Q(('comment', ''), _negated=True), _connector='OR'), name='a_returned_protocol_has_a_comment'),
        ),
        migrations.AddConstraint(
            model_name='replay',
            constraint=models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='a_replay_does_no_more_than_all'),
        ),
        migrations.AddConstraint(
            model_name='replay',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', True), ('status__in', ['waiting', 'running'])), models.Q(('finished_at__isnull', False), ('status__in', ['done', 'cancelled', 'failed'])), _connector='OR'), name='a_replay_is_over_iff_finished_at'),
        ),
        migrations.AddConstraint(
            model_name='replay',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['waiting', 'running'])), fields=('version',), name='a_draft_is_replayed_once_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='movedintake',
            index=models.Index(fields=['replay', 'gravest'], name='moved_intake_by_gravity'),
        ),
        migrations.AddConstraint(
            model_name='movedintake',
            constraint=models.UniqueConstraint(fields=('replay', 'intake'), name='an_intake_moves_once_in_a_replay'),
        ),
        migrations.RunPython(partial(freeze, RULES), partial(thaw, RULES)),
    ]
