"""The items of SCCI1580 that each resource records, end of life care plans, how a death is known, what a preference is.

All of these are derived: the search index is left empty, and `heartsease migrate` derives everything anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_ACTIVE = sa.text("status = 'active'")
IS_UNMAPPED = sa.text("unmapped <> ''")


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("resource_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("person_pk", KEY, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("resource_pk"),
    )
    op.create_index("plan_person", "plan", ["person_pk"])
    op.create_index("plan_review", "plan", ["review_on"])
    op.create_index(
        "plan_one_active", "plan", ["person_pk"], unique=True, sqlite_where=IS_ACTIVE, postgresql_where=IS_ACTIVE
    )
    op.create_table(
        "recorded_item",
        sa.Column("resource_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_pk", KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("resource_pk", "item"),
    )
    op.create_index("recorded_item_person", "recorded_item", ["person_pk", "item", "state"])
    _add("death", sa.Column("status", sa.String(), nullable=False, server_default=""))
    _add("preference", sa.Column("unmapped", sa.String(), nullable=False, server_default=""))
    _add("preference", sa.Column("is_confirmation", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "preference_unmapped",
        "preference",
        ["unmapped", "kind"],
        sqlite_where=IS_UNMAPPED,
        postgresql_where=IS_UNMAPPED,
    )
    op.execute("DELETE FROM search_index")


def downgrade() -> None:
    op.drop_index("preference_unmapped", table_name="preference")
    for table, column in (("preference", "is_confirmation"), ("preference", "unmapped"), ("death", "status")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
    op.drop_table("recorded_item")
    op.drop_table("plan")


def _add(table: str, column: "sa.Column[str] | sa.Column[bool]") -> None:
    """A column that may not be empty, filled in what there is, and from then on by who writes."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(column)
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.alter_column(column.name, existing_type=column.type, existing_nullable=False, server_default=None)
