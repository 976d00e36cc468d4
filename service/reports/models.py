"""What was published, kept so that every number of it can be shown again."""

from datetime import datetime

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from service import db


class ReportSnapshot(SQLModel, table=True):
    """A report as it left, small numbers already hidden. `id` is made of the content: the same report is kept once."""

    __tablename__ = "report_snapshot"

    id: str = Field(primary_key=True)
    made_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    measure: str
    content: str = Field(sa_column=Column(Text, nullable=False))
