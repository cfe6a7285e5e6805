"""An alarm about which a contact was recorded never changes."""

from functools import partial

from django.db import migrations

from intake.migrations._frozen import Frozen, freeze, thaw

RULES = [
    Frozen("plans_patientalarm", "an_answered_alarm_does_not_change", when="OLD.contacted_at IS NOT NULL"),
    Frozen("plans_patientalarm", "an_alarm_keeps_whose_it_is_and_when_it_rose", columns=("link_id", "raised_at")),
]


class Migration(migrations.Migration):
    dependencies = [("plans", "0003_patient_alarm")]
    operations = [migrations.RunPython(partial(freeze, RULES), partial(thaw, RULES))]
