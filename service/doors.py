"""Which read door a database has."""

from service.db import Database
from service.read_door import ReadDoor


def of(database: Database) -> ReadDoor:
    """The door of this database. Only its own driver is loaded."""
    if database.is_sqlite:
        from service.sqlite_door import SqliteDoor

        return SqliteDoor(database)
    from service.postgresql_door import PostgresqlDoor

    return PostgresqlDoor(database)
