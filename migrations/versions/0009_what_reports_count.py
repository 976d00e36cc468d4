"""Stays, traits to split reports by, published figures of areas, and reports that left."""

import sqlalchemy as sa
from alembic import op

import service.db

revision = "0009"
down_revision = "0008"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_register_tables()
    _create_published_tables()
    op.execute("DELETE FROM search_index")  # so that all is derived anew, the new tables too (decision 12)
    op.create_table(
        "report_snapshot",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("made_at", service.db.Instant(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _create_register_tables() -> None:
    op.create_table(
        "stay",
        sa.Column("person_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_pk", "started_on"),
    )
    op.create_index("stay_days", "stay", ["started_on", "ended_on", "practice_code"])
    op.create_table(
        "trait",
        sa.Column("resource_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person_pk", KEY, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("resource_pk", "kind"),
    )
    op.create_index("trait_person", "trait", ["person_pk", "kind", "value"])
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.add_column(sa.Column("diagnosis", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.alter_column("diagnosis", existing_type=sa.String(), existing_nullable=False, server_default=None)


def _create_published_tables() -> None:
    op.create_table(
        "deprivation",
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_code", "year"),
    )
    op.create_table(
        "list_by_age",
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_code", "on", "sex", "age"),
    )
    op.create_index("list_by_age_on", "list_by_age", ["on"])
    op.create_table(
        "life_table",
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("period", "sex", "age"),
    )
    op.create_table(
        "population",
        sa.Column("area_code", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "year", "sex", "age"),
    )


def downgrade() -> None:
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_column("diagnosis")
    for name in ("report_snapshot", "population", "life_table", "list_by_age", "deprivation", "trait", "stay"):
        op.drop_table(name)
