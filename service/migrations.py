"""Bringing a database to the newest schema, and telling whether it is there."""

import importlib
import pkgutil
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData
from sqlmodel import SQLModel

import service
from service.config import shipped
from service.db import Database


def tables() -> MetaData:
    """Every table: of each module that declares one."""
    for found in pkgutil.walk_packages(service.__path__, "service."):
        source = Path(found.module_finder.path) / f"{found.name.rpartition('.')[2]}.py"  # type: ignore[union-attr]
        if source.exists() and "table=True" in source.read_text():
            importlib.import_module(found.name)
    return SQLModel.metadata


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.attributes["engine"] = database.engine
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Raises Unavailable for a database out of reach, before anything is done."""
    with database.reading() as session:
        session.connection()
    command.upgrade(_config(database), revision)


def downgrade(database: Database, revision: str) -> None:
    command.downgrade(_config(database), revision)


def is_current(database: Database) -> bool:
    """Whether the database is at the newest revision that this code knows. Raises Unavailable."""
    newest = ScriptDirectory.from_config(_config(database)).get_current_head()
    with database.reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision() == newest
