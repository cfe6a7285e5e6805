"""SQL by which the database itself refuses that two appointments share a practitioner, a room or a patient at once.

On PostgreSQL these are exclusion constraints over a half-open range of time, on SQLite triggers. Django makes a table
anew on SQLite when a column changes, and a trigger is lost then: such a migration ends with `refuse_overlap` again.
"""

from dataclasses import dataclass

TABLE = "scheduling_appointment"
LIVE = "{row}state NOT IN ('cancelled', 'late_cancelled')"
NOT_ON_PURPOSE = "{row}overlap_because = ''"


@dataclass(frozen=True)
class Alone:
    """What may be in one live appointment at a time: a column, and the sentence that the refusal carries."""

    column: str
    name: str
    may_be_shared: bool

    def counts(self, row=""):
        """The SQL that holds for the rows which are compared."""
        parts = [LIVE, NOT_ON_PURPOSE] if self.may_be_shared else [LIVE]
        return " AND ".join([part.format(row=row) for part in parts] + [f"{row}{self.column} IS NOT NULL"])


RULES = [
    Alone("practitioner_id", "no_practitioner_has_two_appointments_at_once", may_be_shared=True),
    Alone("room_id", "no_room_has_two_appointments_at_once", may_be_shared=True),
    Alone("patient_id", "no_patient_has_two_appointments_at_once", may_be_shared=False),
]


def refuse_overlap(apps, schema_editor):
    """Let the database refuse overlaps, whatever was there before."""
    allow_overlap(apps, schema_editor)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist", params=None)
    for rule in RULES:
        for statement in _statements(rule, schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)


def allow_overlap(apps, schema_editor):
    """Take the refusal away."""
    for rule in RULES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {rule.name}", params=None)
        else:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {rule.name}", params=None)
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {rule.name}_after_a_change", params=None)


def _statements(rule, vendor):
    if vendor == "postgresql":
        yield (
            f"ALTER TABLE {TABLE} ADD CONSTRAINT {rule.name} EXCLUDE USING gist "
            f"({rule.column} WITH =, tstzrange(starts, ends, '[)') WITH &&) WHERE ({rule.counts()})"
        )
        return
    clash = (
        f"WHEN {rule.counts('NEW.')} AND EXISTS (SELECT 1 FROM {TABLE} AS other WHERE {rule.counts('other.')} "
        f"AND other.{rule.column} = NEW.{rule.column} AND other.starts < NEW.ends AND other.ends > NEW.starts "
        "AND other.id <> NEW.id) "
        f"BEGIN SELECT RAISE(ABORT, '{rule.name}'); END"
    )
    yield f"CREATE TRIGGER {rule.name} BEFORE INSERT ON {TABLE} {clash}"
    yield f"CREATE TRIGGER {rule.name}_after_a_change BEFORE UPDATE ON {TABLE} {clash}"
