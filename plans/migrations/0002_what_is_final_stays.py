"""A suggestion, a published protocol, a signed letter and what was agreed in a revision never change."""

from functools import partial

from django.db import migrations

from intake.migrations._frozen import Frozen, freeze, thaw

RULES = [
    Frozen("plans_suggestion", "a_suggestion_does_not_change"),
    Frozen(
        "plans_protocolversion",
        "a_published_protocol_does_not_change",
        when="OLD.status IN ('published', 'retired')",
        columns=("code", "version", "title", "regions", "content", "content_hash"),
    ),
    Frozen("plans_followup", "a_recorded_contact_does_not_change"),
    Frozen("plans_nocourse", "an_end_without_a_course_does_not_change"),
    Frozen(
        "plans_planrevision",
        "what_was_agreed_in_a_revision_does_not_change",
        columns=("plan_id", "number", "kind", "weeks", "sessions", "session_minutes", "content", "author_id"),
    ),
    Frozen("plans_deviation", "a_deviation_does_not_change"),
    Frozen("plans_referralstep", "a_step_of_a_referral_does_not_change"),
    Frozen("plans_letter", "a_signed_letter_does_not_change", when="OLD.signed_at IS NOT NULL"),
]


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial"), ("intake", "0002_what_is_final_stays")]
    operations = [migrations.RunPython(partial(freeze, RULES), partial(thaw, RULES))]
