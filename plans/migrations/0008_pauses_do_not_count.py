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
    ]
