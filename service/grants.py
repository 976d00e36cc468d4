"""The database user that serves on PostgreSQL: it reads and writes rows, and owns nothing.

Whoever owns a table may drop it, change it, and be rid of the triggers that keep the audit trail. So a production
server refuses to serve as an owner: one user owns and migrates, another serves, and the password of the owner is kept
away from where requests come in.
"""

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import text

from service import migrations
from service.db import Database
from service.errors import Conflict, Invalid

_ROLE: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_ALL: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
_LESS: Final = {
    "alembic_version": ("SELECT",),
    "audit_event": ("SELECT", "INSERT"),
    "audit_head": ("SELECT", "INSERT", "UPDATE"),
}
"""What is less than everything that may be done to rows: the schema is read, the audit trail is only added to."""


def statements(role: str, database_name: str) -> Iterator[str]:
    """The SQL that the owner runs, once and after each migration. Raises Invalid for a name that is none."""
    if not _ROLE.fullmatch(role):
        raise Invalid("A role is named with a-z, 0-9 and underscore, at most 63, and does not begin with a digit")
    yield f'GRANT CONNECT ON DATABASE "{database_name.replace(chr(34), chr(34) * 2)}" TO {role};'
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC;"
    yield f"GRANT USAGE ON SCHEMA public TO {role};"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};"
    for name in sorted({*migrations.tables().tables, "alembic_version"}):
        yield f"GRANT {', '.join(_LESS.get(name, _ALL))} ON {name} TO {role};"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};"


def require_no_owner(database: Database) -> None:
    """Raises Conflict where the user of this database may change its tables, or the audit trail, or make others."""
    if database.is_sqlite:  # who may write the file may do everything: the file's own permissions guard it
        return
    with database.reading() as session:
        may_more = session.execute(_MAY_MORE).scalar_one()
    if may_more:
        raise Conflict(
            "In production Heartsease serves as a database user that owns nothing and only adds to the audit trail: "
            "make one with `heartsease grants ROLE`, and keep the owner for `heartsease migrate`."
        )


# A member of a role may become it; a superuser is a member of all.
_MAY_MORE: Final = text("""
    SELECT EXISTS (
        SELECT 1 FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace)
        AND relkind IN ('r', 'p', 'S', 'v') AND pg_has_role(relowner, 'MEMBER'))
    OR has_table_privilege('audit_event', 'UPDATE') OR has_table_privilege('audit_event', 'DELETE')
    OR has_table_privilege('audit_event', 'TRUNCATE') OR has_table_privilege('audit_head', 'DELETE')
    OR has_schema_privilege(current_schema(), 'CREATE')
    OR (SELECT rolsuper OR rolreplication OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
""")
