"""A revision gets its turn in the line for review; what was decided about it never changes."""

import datetime as dt
from functools import partial

from django.conf import settings
from django.db import migrations, models

from intake.migrations._frozen import Frozen, freeze, thaw

RULES = [
    Frozen(
        "plans_planrevision",
        "a_review_does_not_change",
        when="OLD.review IN ('approved', 'returned')",
        columns=("review", "reviewed_by_id", "reviewed_at", "review_comment", "self_approved_because"),
    )
]
HOURS = {"open_flag": 0, "flag": 12, "not_asked": 12, "deviates": 24, "clean": 72}


def put_in_line(apps, schema_editor):
    """Give the revisions that are there already their turn."""
    revisions = apps.get_model("plans", "PlanRevision").objects.select_related("plan__suggestion")
    followed = apps.get_model("plans", "FollowUp").objects
    for revision in revisions.iterator(chunk_size=200):
        brief = _brief(revision.plan.suggestion.trace)
        contacts = followed.filter(intake_id=revision.plan.intake_id).values_list("flags", flat=True)
        revision.brief, revision.risk = brief, _risk(brief, {code for flags in contacts for code in flags})
        revision.due_at = revision.made_at + dt.timedelta(hours=HOURS[revision.risk])
        revision.save(update_fields=["brief", "risk", "due_at"])


def _brief(trace):
    flags = [{key: flag[key] for key in ("code", "label", "urgency")} for flag in trace["red_flags"]]
    known = {flag["code"] for flag in flags}
    others = {code for reason in trace["hold"]["reasons"] for code in reason["codes"]} - known
    return {"flags": flags, "others": sorted(others), "screening": trace["screening"]}


def _risk(brief, contacted):
    """Whether red flags were asked is not known here, so none of these is called clean."""
    urgent = {flag["code"] for flag in brief["flags"] if flag["urgency"] != "routine"} | set(brief["others"])
    if urgent - contacted or brief["screening"] == "not_evaluated":
        return "open_flag"
    return "flag" if brief["flags"] or brief["others"] else "not_asked"


class Migration(migrations.Migration):
    dependencies = [("plans", "0004_an_answered_alarm_stays")]
    # The columns may be empty: only so SQLite adds them without making the table, and its triggers, anew.
    operations = [
        migrations.AddField("planrevision", "brief", models.JSONField(
            verbose_name="in brief", null=True, editable=False, help_text="Of its suggestion what a list of plans says.")),
        migrations.AddField("planrevision", "due_at", models.DateTimeField(
            verbose_name="to be looked at from", null=True, editable=False)),
        migrations.AddField("planrevision", "risk", models.CharField(
            verbose_name="why to look", max_length=10, null=True, editable=False, choices=[
                ("open_flag", "red flag without follow-up"),
                ("flag", "red flag, followed up or routine"),
                ("not_asked", "no red flag was asked"),
                ("deviates", "differs from the template"),
                ("clean", "as the template, no flags"),
            ])),
        migrations.AddIndex("planrevision", models.Index(
            fields=["review", "due_at", "id"], name="revision_by_turn_of_review")),
        migrations.AddIndex("plan", models.Index(fields=["-created_at", "-id"], name="plan_by_age")),
        migrations.CreateModel(
            name="PlanToReview",
            fields=[],
            options={
                "verbose_name": "plan to review",
                "verbose_name_plural": "plans to review",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("plans.planrevision",),
        ),
        # Only how it is called: nothing changes in the table.
        migrations.AlterField("plan", "author", models.ForeignKey(
            on_delete=models.deletion.PROTECT, related_name="plans", to=settings.AUTH_USER_MODEL, verbose_name="author")),
        migrations.AlterField("planrevision", "author", models.ForeignKey(
            on_delete=models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="author")),
        migrations.RunPython(put_in_line, migrations.RunPython.noop),
        migrations.RunPython(partial(freeze, RULES), partial(thaw, RULES)),
    ]
