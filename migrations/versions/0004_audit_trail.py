"""What the audit tells of an event, chained so that no row can be changed, taken out or put in unseen."""

import sqlalchemy as sa
from alembic import op

import service.db
from service import audit_guards

revision = "0004"
down_revision = "0003"

TOLD = ("user_id", "role", "purpose", "reason", "basis", "chain", "anchor")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

LIFTED = {
    "sqlite": tuple(f"DROP TRIGGER audit_event_{name}" for name in ("unchanged", "unremoved", "unreplaced")),
    "postgresql": ("DROP TRIGGER audit_event_unchanged ON audit_event",),
}


def upgrade() -> None:
    columns = [sa.Column(name, sa.String(), nullable=False, server_default="") for name in TOLD]
    columns.append(sa.Column("sequence", KEY, nullable=False, server_default="0"))
    columns.append(sa.Column("digest", sa.LargeBinary(), nullable=False, server_default=sa.text("''")))
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        for column in columns:
            batch_op.add_column(column)
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        for column in columns:
            batch_op.alter_column(column.name, existing_type=column.type, existing_nullable=False, server_default=None)
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sequence", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("event_pk", KEY, nullable=False),
        sa.Column("at", service.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("chain"),
    )
    for statement in audit_guards.STATEMENTS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    for statement in LIFTED[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_table("audit_head")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_only_added_to()")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        for name in (*TOLD, "sequence", "digest"):
            batch_op.drop_column(name)
