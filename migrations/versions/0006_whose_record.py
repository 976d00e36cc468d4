"""Who looks after a person, whose whereabouts are restricted, and who broke the glass."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
