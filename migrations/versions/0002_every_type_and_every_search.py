"""Versions say their type, the search index holds every kind of parameter, bulk exports have their jobs.

The search index is derived: it is made anew and empty, and `heartsease migrate` fills it again.
"""

import sqlalchemy as sa
from alembic import op

import service.db

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SORTABLE = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "export_job",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("sees", sa.String(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("since", service.db.Instant(), nullable=True),
        sa.Column("transaction_at", service.db.Instant(), nullable=False),
        sa.Column("expires_at", service.db.Instant(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("claimed_until", service.db.Instant(), nullable=False),
        sa.Column("type_at", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("part_from", sa.String(), nullable=False),
        sa.Column("current", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("largest", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("export_job", schema=None) as batch_op:
        batch_op.create_index("export_job_client", ["client_id", "state"], unique=False)
        batch_op.create_index("export_job_state", ["state"], unique=False)

    op.create_table(
        "export_part",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("part_from", sa.String(), nullable=False),
        sa.Column("part_to", sa.String(), nullable=False),
        sa.Column("largest", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["export_job.id"]),
        sa.PrimaryKeyConstraint("job_id", "number"),
    )

    with op.batch_alter_table("resource_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resource_type", SORTABLE, nullable=True))
    op.execute(
        "UPDATE resource_version SET resource_type = "
        "(SELECT resource_type FROM resource WHERE resource.pk = resource_version.resource_pk)"
    )
    with op.batch_alter_table("resource_version", schema=None) as batch_op:
        batch_op.alter_column("resource_type", existing_type=SORTABLE, nullable=False)
        batch_op.create_index("resource_version_type", ["resource_type", "last_updated", "pk"], unique=False)

    op.drop_table("search_index")
    _create_search_index(sa.Column("high", SORTABLE, nullable=True), ["resource_pk", "param", "value"])
    has_high = sa.text("high IS NOT NULL")
    op.create_index(
        "search_index_high",
        "search_index",
        ["resource_type", "param", "high"],
        sqlite_where=has_high,
        postgresql_where=has_high,
    )


def downgrade() -> None:
    op.drop_table("search_index")
    _create_search_index(sa.Column("high", SORTABLE, nullable=False), ["resource_pk"])
    with op.batch_alter_table("resource_version", schema=None) as batch_op:
        batch_op.drop_index("resource_version_type")
        batch_op.drop_column("resource_type")
    op.drop_table("export_part")
    op.drop_table("export_job")


def _create_search_index(high: sa.Column[str], by_resource: list[str]) -> None:
    op.create_table(
        "search_index",
        sa.Column("resource_type", SORTABLE, nullable=False),
        sa.Column("param", SORTABLE, nullable=False),
        sa.Column("value", SORTABLE, nullable=False),
        sa.Column("resource_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("system", SORTABLE, nullable=False),
        high,
        sa.ForeignKeyConstraint(["resource_pk"], ["resource.pk"]),
        sa.PrimaryKeyConstraint("resource_type", "param", "value", "resource_pk", "system"),
        sqlite_with_rowid=False,
    )
    op.create_index("search_index_resource", "search_index", by_resource)
