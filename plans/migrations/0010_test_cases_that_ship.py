"""Test cases that came with a protocol were made by nobody here."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0009_weeks_are_counted_from_a_moment'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='protocolcase',
            name='made_by',
            field=models.ForeignKey(blank=True, help_text='Empty when it was shipped with the protocol.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by'),
        ),
    ]
