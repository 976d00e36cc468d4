"""Why a resource was deleted, which records were merged, what is held, and for how long."""

import sqlalchemy as sa
from alembic import op

import service.db

revision = "0008"
down_revision = "0007"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOT_UNDONE = sa.text("undone_at IS NULL")
NOT_RELEASED = sa.text("released_at IS NULL")


def upgrade() -> None:
    _say_of_versions()
    _create_merges()
    op.create_table(
        "legal_hold",
        sa.Column("pk", KEY, nullable=False),
        sa.Column("person_pk", KEY, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("placed_at", service.db.Instant(), nullable=False),
        sa.Column("released_at", service.db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index(
        "legal_hold_standing",
        "legal_hold",
        ["person_pk"],
        unique=True,
        sqlite_where=NOT_RELEASED,
        postgresql_where=NOT_RELEASED,
    )
    op.create_table(
        "disposal",
        sa.Column("pk", KEY, nullable=False),
        sa.Column("at", service.db.Instant(), nullable=False),
        sa.Column("highest_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )


def _say_of_versions() -> None:
    with op.batch_alter_table("resource_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("said_at", service.db.Instant(), nullable=True))
        batch_op.add_column(sa.Column("said_by", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("resource_version", schema=None) as batch_op:
        for name in ("reason", "said_by"):
            batch_op.alter_column(name, existing_type=sa.String(), existing_nullable=False, server_default=None)


def _create_merges() -> None:
    op.create_table(
        "merge",
        sa.Column("pk", KEY, nullable=False),
        sa.Column("source_pk", KEY, nullable=False),
        sa.Column("target_pk", KEY, nullable=False),
        sa.Column("target_version", sa.Integer(), nullable=False),
        sa.Column("at", service.db.Instant(), nullable=False),
        sa.Column("undone_at", service.db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("merge_target", "merge", ["target_pk"])
    op.create_index(
        "merge_standing", "merge", ["source_pk"], unique=True, sqlite_where=NOT_UNDONE, postgresql_where=NOT_UNDONE
    )
    op.create_table(
        "merged_resource",
        sa.Column("merge_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("resource_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merge_pk"], ["merge.pk"]),
        sa.PrimaryKeyConstraint("merge_pk", "resource_pk"),
    )


def downgrade() -> None:
    for table in ("disposal", "legal_hold", "merged_resource", "merge"):
        op.drop_table(table)
    with op.batch_alter_table("resource_version", schema=None) as batch_op:
        for column in ("said_by", "said_at", "reason"):
            batch_op.drop_column(column)
