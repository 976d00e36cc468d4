"""Bringing a register to the newest schema: the migrations, and what they left to be derived anew."""

from collections.abc import Callable

from sqlalchemy import select
from sqlmodel import Session

from service import audit, migrations
from service.db import Database
from service.store import derive, rebuild

_ANY_RESOURCE = select(rebuild.RESOURCE.c.pk).where(rebuild.RESOURCE.c.deleted.is_(False)).limit(1)
_ANY_INDEX_ROW = select(derive.SEARCH_INDEX.c.resource_pk).limit(1)


def upgrade(database: Database, *, tell: Callable[[str], None] = lambda words: None) -> None:
    """Does nothing where nothing is due. `tell` hears of what takes time. Raises Unavailable."""
    migrations.upgrade(database)
    with database.transaction() as session:
        if _is_index_empty(session):
            tell("Deriving the search index and the register tables anew …")
            rebuild.rebuild(session)
        audit.seal(session)


def _is_index_empty(session: Session) -> bool:
    """A migration that changes what the index holds leaves it empty; every resource that stands has rows in it."""
    return bool(session.execute(_ANY_RESOURCE).first()) and not session.execute(_ANY_INDEX_ROW).first()
