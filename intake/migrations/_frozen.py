"""SQL that lets the database itself refuse to change or remove a row that is final, on SQLite and on PostgreSQL."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Frozen:
    """Rows of `table` for which `when` holds (SQL over OLD) keep their `columns`, and stay.

    `name` is the sentence that the refusal carries. No `columns` means all of them.
    """

    table: str
    name: str
    when: str = "TRUE"
    columns: tuple[str, ...] = ()


def freeze(rules, apps, schema_editor):
    """Create the triggers of these rules."""
    for rule in rules:
        columns = rule.columns or _columns(rule.table, schema_editor)
        for statement in _statements(rule, columns, schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)


def thaw(rules, apps, schema_editor):
    """Drop the triggers of these rules."""
    for rule in rules:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION {rule.name}() CASCADE", params=None)
        else:
            schema_editor.execute(f"DROP TRIGGER {rule.name}", params=None)
            schema_editor.execute(f"DROP TRIGGER {rule.name}_and_stays", params=None)


def _columns(table, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        return [column.name for column in schema_editor.connection.introspection.get_table_description(cursor, table)]


def _statements(rule, columns, vendor):
    when = rule.when.replace("TRUE", "1=1")
    if vendor == "postgresql":
        changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
        return [
            f"""
            CREATE FUNCTION {rule.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF NOT ({when}) THEN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF;
              IF TG_OP = 'UPDATE' THEN IF NOT ({changed}) THEN RETURN NEW; END IF; END IF;
              RAISE EXCEPTION '{rule.name}' USING ERRCODE = 'integrity_constraint_violation';
            END $$
            """,
            f"""
            CREATE TRIGGER {rule.name} BEFORE UPDATE OR DELETE ON {rule.table}
            FOR EACH ROW EXECUTE FUNCTION {rule.name}()
            """,
        ]
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
    return [
        f"CREATE TRIGGER {rule.name} BEFORE UPDATE ON {rule.table} WHEN ({when}) AND ({changed}) "
        f"BEGIN SELECT RAISE(ABORT, '{rule.name}'); END",
        f"CREATE TRIGGER {rule.name}_and_stays BEFORE DELETE ON {rule.table} WHEN ({when}) "
        f"BEGIN SELECT RAISE(ABORT, '{rule.name}'); END",
    ]
