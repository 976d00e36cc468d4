"""The role of a system, the organisations it speaks for, and who stands behind a token."""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
