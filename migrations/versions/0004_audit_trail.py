"""What the audit tells of an event, chained so that no row can be changed, taken out or put in unseen."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TOLD = ("user_id", "role", "purpose", "reason", "basis")


def upgrade() -> None:
    for name in TOLD:
        with op.batch_alter_table("audit_event", schema=None) as batch_op:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        with op.batch_alter_table("audit_event", schema=None) as batch_op:
            batch_op.alter_column(name, existing_type=sa.String(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        for name in TOLD:
            batch_op.drop_column(name)
