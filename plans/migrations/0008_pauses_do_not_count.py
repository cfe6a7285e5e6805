"""The weeks of a pause do not count: from when they are counted, and since when a plan is paused."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import F
from django.utils import timezone


def count_from_the_activation(apps, schema_editor):
    """When plans were paused before was not kept: their weeks have counted on, and who is paused now is so from now."""
    plans = apps.get_model("plans", "Plan").objects
    plans.filter(activated_at__isnull=False).update(counted_from=F("activated_at"))
    plans.filter(life="paused").update(paused_at=timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0007_answers_set_aside'),
        ('patients', '0001_initial'),
        ('plans', '0007_govern_protocols'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='plan',
            name='a_plan_beyond_draft_was_activated',
        ),
        migrations.AddField(
            model_name='plan',
            name='counted_from',
            field=models.DateTimeField(blank=True, help_text='When it was activated, and later by each pause that is over.', null=True, verbose_name='weeks counted from'),
        ),
        migrations.AddField(
            model_name='plan',
            name='paused_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='paused at'),
        ),
        migrations.RunPython(count_from_the_activation, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('life', 'stopped'), models.Q(('activated_at__isnull', True), ('life', 'draft')), models.Q(models.Q(('life', 'draft'), _negated=True), ('activated_at__isnull', False)), _connector='OR'), name='a_plan_in_care_was_activated'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('activated_at__isnull', True), ('counted_from__isnull', True)), models.Q(('activated_at__isnull', False), ('counted_from__gte', models.F('activated_at'))), _connector='OR'), name='weeks_count_from_the_activation_or_later'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('life', 'paused'), ('paused_at__isnull', False)), models.Q(models.Q(('life', 'paused'), _negated=True), ('paused_at__isnull', True)), _connector='OR'), name='a_plan_is_paused_iff_paused_at'),
        ),
    ]
