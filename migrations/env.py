"""Runs migrations on the database of the settings, or on the one that a caller hands over."""

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from service import migrations
from service.config import settings
from service.db import Database, Instant


def in_plain_words(kind: str, thing: object, _: object) -> str | bool:
    """Names of our own types in a new migration; SQLModel's strings are strings."""
    if kind == "type" and isinstance(thing, AutoString):
        return "sa.String()"
    return "service.db.Instant()" if kind == "type" and isinstance(thing, Instant) else False


engine = context.config.attributes.get("engine") or Database(settings().database).engine

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=migrations.tables(),
        render_as_batch=True,
        compare_type=True,
        render_item=in_plain_words,
    )
    with context.begin_transaction():
        context.run_migrations()
    if connection.in_transaction():
        connection.commit()
