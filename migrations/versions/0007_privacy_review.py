"""What a privacy officer has looked at, and found; and the index by which the trail of an organisation is read."""

import sqlalchemy as sa
from alembic import op

import service.db

revision = "0007"
down_revision = "0006"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "privacy_review",
        sa.Column("pk", KEY, nullable=False),
        sa.Column("person_pk", KEY, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("on_day", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_organisation", sa.String(), nullable=False),
        sa.Column("by_client", sa.String(), nullable=False),
        sa.Column("by_user", sa.String(), nullable=False),
        sa.Column("at", service.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    op.create_index("privacy_review_of", "privacy_review", ["by_organisation", "organisation", "person_pk"])
    op.create_index("audit_event_organisation", "audit_event", ["organisation", "at"])


def downgrade() -> None:
    op.drop_index("audit_event_organisation", "audit_event")
    op.drop_table("privacy_review")
