"""Runs migrations on the database of the settings, or on the one that a caller hands over."""

import importlib
import pkgutil
from pathlib import Path

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import service
from service.config import settings
from service.db import Database, Instant


def import_all_tables() -> None:
    """Every `models.py`, and the few modules that declare a table beside what they do."""
    for found in pkgutil.walk_packages(service.__path__, "service."):
        folder = Path(found.module_finder.path)  # type: ignore[union-attr]
        source = folder / f"{found.name.rpartition('.')[2]}.py"
        if source.exists() and "table=True" in source.read_text():
            importlib.import_module(found.name)


def in_plain_words(kind: str, thing: object, _: object) -> str | bool:
    """Names of our own types in a new migration; SQLModel's strings are strings."""
    if kind == "type" and isinstance(thing, AutoString):
        return "sa.String()"
    return "service.db.Instant()" if kind == "type" and isinstance(thing, Instant) else False


import_all_tables()
engine = context.config.attributes.get("engine") or Database(settings().database).engine

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=in_plain_words,
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.in_transaction():
        connection.commit()
