"""The access log only grows: the database itself refuses to change, remove or empty it.

One change is allowed: giving a row that has no hash yet its place in the hash chain.
"""

from django.db import migrations

SEAL = ["sequence", "prev_hash", "hash"]

SQLITE = [
    """
    CREATE TRIGGER access_event_is_not_changed BEFORE UPDATE ON practice_accessevent
    WHEN NOT (OLD.hash = '' AND NEW.hash <> '' AND {same})
    BEGIN SELECT RAISE(ABORT, 'access_event_is_not_changed'); END
    """,
    """
    CREATE TRIGGER access_event_is_not_removed BEFORE DELETE ON practice_accessevent
    BEGIN SELECT RAISE(ABORT, 'access_event_is_not_removed'); END
    """,
    """
    CREATE TRIGGER access_event_is_not_replaced BEFORE INSERT ON practice_accessevent
    WHEN EXISTS (SELECT 1 FROM practice_accessevent WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'access_event_is_not_replaced'); END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER access_event_is_not_changed",
    "DROP TRIGGER access_event_is_not_removed",
    "DROP TRIGGER access_event_is_not_replaced",
]
POSTGRESQL = [
    """
    CREATE FUNCTION access_event_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE seal text[] := ARRAY['sequence', 'prev_hash', 'hash'];
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        IF OLD.hash = '' AND NEW.hash <> '' AND to_jsonb(NEW) - seal = to_jsonb(OLD) - seal THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'access_event_is_not_changed' USING ERRCODE = 'integrity_constraint_violation';
      END IF;
      RAISE EXCEPTION 'access_event_is_not_removed' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE TRIGGER access_event_is_not_changed_or_removed BEFORE UPDATE OR DELETE ON practice_accessevent
    FOR EACH ROW EXECUTE FUNCTION access_event_only_grows()
    """,
    """
    CREATE TRIGGER access_event_is_not_emptied BEFORE TRUNCATE ON practice_accessevent
    FOR EACH STATEMENT EXECUTE FUNCTION access_event_only_grows()
    """,
]
POSTGRESQL_BACK = ["DROP FUNCTION access_event_only_grows() CASCADE"]


def protect(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        statements = POSTGRESQL
    else:
        columns = [field.column for field in apps.get_model("practice", "AccessEvent")._meta.local_concrete_fields]
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in columns if column not in SEAL)
        statements = [statement.format(same=same) for statement in SQLITE]
    for statement in statements:
        schema_editor.execute(statement, params=None)


def release(apps, schema_editor):
    for statement in POSTGRESQL_BACK if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("practice", "0002_access_event")]
    operations = [migrations.RunPython(protect, release)]
