"""What holds of pauses. PostgreSQL adds no constraint in the transaction that changed the rows it is about."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0008_pauses_do_not_count'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='plan',
            name='a_plan_beyond_draft_was_activated',
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(('life', 'stopped'), models.Q(('activated_at__isnull', True), ('life', 'draft')), models.Q(models.Q(('life', 'draft'), _negated=True), ('activated_at__isnull', False)), _connector='OR'), name='a_plan_in_care_was_activated'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('activated_at__isnull', True), ('counted_from__isnull', True)), models.Q(('activated_at__isnull', False), ('counted_from__gte', models.F('activated_at')), ('counted_from__isnull', False)), _connector='OR'), name='weeks_count_from_the_activation_or_later'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('life', 'paused'), ('paused_at__isnull', False)), models.Q(models.Q(('life', 'paused'), _negated=True), ('paused_at__isnull', True)), _connector='OR'), name='a_plan_is_paused_iff_paused_at'),
        ),
    ]
