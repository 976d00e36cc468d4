"""Who looks after a person, whose whereabouts are restricted, and who broke the glass.

Relationships and sensitivity are derived: the search index is left empty, and `heartsease migrate` derives everything
anew.
"""

import sqlalchemy as sa
from alembic import op

import service.db

revision = "0006"
down_revision = "0005"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_THROUGH = sa.text("through <> ''")


def upgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sensitivity", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.alter_column("sensitivity", existing_type=sa.String(), existing_nullable=False, server_default=None)
    _create_relationship()
    op.create_table(
        "break_glass",
        sa.Column("pk", KEY, nullable=False),
        sa.Column("person_pk", KEY, nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", service.db.Instant(), nullable=False),
        sa.Column("until", service.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("break_glass_person", "break_glass", ["person_pk", "organisation", "user_id"])
    op.execute("DELETE FROM search_index")


def _create_relationship() -> None:
    op.create_table(
        "relationship",
        sa.Column("resource_pk", KEY, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_pk", KEY, nullable=False),
        sa.Column("organisation", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("through", sa.String(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("resource_pk", "position"),
    )
    op.create_index("relationship_organisation", "relationship", ["organisation", "person_pk"])
    op.create_index("relationship_person", "relationship", ["person_pk", "organisation"])
    op.create_index(
        "relationship_through",
        "relationship",
        ["through", "organisation"],
        sqlite_where=IS_THROUGH,
        postgresql_where=IS_THROUGH,
    )


def downgrade() -> None:
    op.drop_table("break_glass")
    op.drop_table("relationship")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("sensitivity")
