"""Bringing a database to the newest schema, and telling whether it is there.

Alembic is imported only by what migrates: a server that finds its database current starts without it.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import MetaData, inspect, text
from sqlmodel import SQLModel

import service
from service.config import shipped
from service.db import Database

if TYPE_CHECKING:
    from alembic.config import Config


def tables() -> MetaData:
    """Every table: of each module that declares one."""
    for found in pkgutil.walk_packages(service.__path__, "service."):
        source = Path(found.module_finder.path) / f"{found.name.rpartition('.')[2]}.py"  # type: ignore[union-attr]  # of files
        if source.exists() and "table=True" in source.read_text():
            importlib.import_module(found.name)
    return SQLModel.metadata


def _config(database: Database) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.attributes["engine"] = database.engine
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Raises Unavailable for a database out of reach, before anything is done."""
    from alembic import command

    with database.reading() as session:
        session.connection()
    command.upgrade(_config(database), revision)


def downgrade(database: Database, revision: str) -> None:
    from alembic import command

    command.downgrade(_config(database), revision)


NOT_CURRENT = "The database is not at the newest schema: run `heartsease migrate` first."


def is_current(database: Database) -> bool:
    """Whether the database is at the newest revision that this code knows. Raises Unavailable."""
    with database.reading() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return False
        return session.execute(_REVISION).scalar_one_or_none() == _newest()


_REVISION = text("SELECT version_num FROM alembic_version")


def _newest() -> str:
    """Migrations are numbered and linear: `0001_the_tables_of_the_register.py` is revision 0001."""
    return max(path.name.partition("_")[0] for path in shipped("migrations").glob("versions/[0-9]*.py"))
