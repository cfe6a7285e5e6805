"""A personal link keeps its token and purpose, what ended stays ended, and answers that were handed in never change."""

from functools import partial

from django.db import migrations

from intake.migrations._frozen import Frozen, freeze, thaw

ENDED = "OLD.finished_at IS NOT NULL OR OLD.revoked_at IS NOT NULL"
HANDED_IN = "(SELECT finished_at FROM intake_patientlink WHERE id = OLD.link_id) IS NOT NULL"
RULES = [
    Frozen(
        "intake_patientlink",
        "a_personal_link_keeps_its_token_and_purpose",
        columns=("episode_id", "purpose", "token_hash", "sent_at", "sent_by_id", "expires_at"),
    ),
    Frozen(
        "intake_patientlink",
        "a_personal_link_that_ended_stays_ended",
        when=ENDED,
        columns=("finished_at", "revoked_at", "revoked_by_id", "opened_at"),
    ),
    Frozen(
        "intake_preparedanswers",
        "answers_that_were_handed_in_do_not_change",
        when=HANDED_IN,
        columns=("link_id", "section", "version", "answers", "saved_at"),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("intake", "0004_patient_link")]
    operations = [migrations.RunPython(partial(freeze, RULES), partial(thaw, RULES))]
