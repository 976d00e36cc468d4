"""The role of a system, the organisations it speaks for, and who stands behind a token.

Tokens live for five minutes: those that were given before say nothing of this, and are taken away.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SPOKEN = ("organisation", "role", "user_id", "purpose")

ROLES = """CASE kind WHEN 'practice' THEN 'gp' WHEN 'hospital' THEN 'hospital' WHEN 'integration' THEN 'system'
           ELSE 'quality-lead' END"""
KINDS = """CASE WHEN roles LIKE 'gp%' THEN 'practice' WHEN roles LIKE 'system%' THEN 'integration'
           WHEN roles LIKE 'quality-lead%' THEN 'reporting' WHEN roles LIKE 'privacy-officer%' THEN 'other'
           WHEN roles LIKE 'patient%' THEN 'other' ELSE 'hospital' END"""


def upgrade() -> None:
    op.execute("DELETE FROM access_token")
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        for name in SPOKEN:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False))
        batch_op.add_column(sa.Column("person_pk", KEY, nullable=True))
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("roles", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("organisations", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("jwks_url", sa.Text(), nullable=True))
    op.execute(f"UPDATE client SET roles = {ROLES}, organisations = organisation, jwks_url = ''")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.alter_column("roles", existing_type=sa.String(), nullable=False)
        batch_op.alter_column("organisations", existing_type=sa.Text(), nullable=False)
        batch_op.alter_column("jwks_url", existing_type=sa.Text(), nullable=False)
        batch_op.drop_column("kind")
        batch_op.drop_column("organisation")


def downgrade() -> None:
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("organisation", sa.String(), nullable=True))
    first = "CASE WHEN organisations LIKE '% %' THEN substr(organisations, 1, {}) ELSE organisations END"
    where = (
        "instr(organisations, ' ') - 1" if op.get_bind().dialect.name == "sqlite" else "strpos(organisations, ' ') - 1"
    )
    op.execute(f"UPDATE client SET kind = {KINDS}, organisation = {first.format(where)}")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.alter_column("kind", existing_type=sa.String(), nullable=False)
        batch_op.alter_column("organisation", existing_type=sa.String(), nullable=False)
        batch_op.drop_column("organisations")
        batch_op.drop_column("roles")
        batch_op.drop_column("jwks_url")
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        for name in (*SPOKEN, "person_pk"):
            batch_op.drop_column(name)
