"""Bringing a database to the newest schema, and telling whether it is there."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.config import CHECKOUT
from service.db import Database


def _config(database: Database) -> Config:
    folder = CHECKOUT / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder if folder.exists() else CHECKOUT / "service" / "migrations"))
    config.attributes["engine"] = database.engine
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    command.upgrade(_config(database), revision)


def downgrade(database: Database, revision: str) -> None:
    command.downgrade(_config(database), revision)


def is_current(database: Database) -> bool:
    """Whether the database is at the newest revision that this code knows."""
    newest = ScriptDirectory.from_config(_config(database)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest
