"""Why a resource was deleted, which records were merged, what is held, and for how long."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
