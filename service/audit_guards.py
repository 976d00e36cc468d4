"""What keeps the audit trail from being changed: triggers, of which a database user who owns nothing cannot be rid.

They are made with the tables. A migration that makes one of the tables anew, as SQLite's must, makes them anew too.
"""

from sqlalchemy import DDL, Table, event

_ONLY_ADDED_TO = "BEGIN SELECT RAISE(ABORT, 'The audit trail is only added to'); END"
_ONLY_FORWARD = "BEGIN SELECT RAISE(ABORT, 'The head of a chain only goes forward'); END"
_BACKWARD = "(NEW.chain <> OLD.chain OR NEW.key_id <> OLD.key_id OR NEW.sequence <= OLD.sequence)"
# INSERT OR REPLACE removes a row without asking the trigger that refuses it.
_KNOWN_EVENT = "EXISTS (SELECT 1 FROM audit_event WHERE pk = NEW.pk)"
_KNOWN_HEAD = "EXISTS (SELECT 1 FROM audit_head WHERE chain = NEW.chain)"

_SQLITE = (
    f"CREATE TRIGGER audit_event_unchanged BEFORE UPDATE ON audit_event {_ONLY_ADDED_TO}",
    f"CREATE TRIGGER audit_event_unremoved BEFORE DELETE ON audit_event {_ONLY_ADDED_TO}",
    f"CREATE TRIGGER audit_event_unreplaced BEFORE INSERT ON audit_event WHEN {_KNOWN_EVENT} {_ONLY_ADDED_TO}",
    f"CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN {_BACKWARD} {_ONLY_FORWARD}",
    f"CREATE TRIGGER audit_head_unremoved BEFORE DELETE ON audit_head {_ONLY_FORWARD}",
    f"CREATE TRIGGER audit_head_unreplaced BEFORE INSERT ON audit_head WHEN {_KNOWN_HEAD} {_ONLY_FORWARD}",
)
_REFUSED = "EXECUTE FUNCTION audit_is_only_added_to()"
_POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'The audit trail is only added to'; END $$""",
    f"""CREATE TRIGGER audit_event_unchanged BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT {_REFUSED}""",
    f"CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW WHEN {_BACKWARD} {_REFUSED}",
    f"""CREATE TRIGGER audit_head_unremoved BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT {_REFUSED}""",
    # Also for who replays what another server wrote.
    "ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_unchanged",
    "ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_forward",
    "ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_unremoved",
)
STATEMENTS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
"""By dialect, in the order in which they are run."""


def guard(table: Table) -> None:
    """Has the triggers made after this table, the last of those that they guard."""
    for dialect, statements in STATEMENTS.items():
        for statement in statements:
            made = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
            event.listen(table, "after_create", made.execute_if(dialect=dialect))
