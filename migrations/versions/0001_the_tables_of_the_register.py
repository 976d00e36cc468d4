"""The tables of the register."""

import sqlalchemy as sa
from alembic import op

import service.db

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "area_setting",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "audit_event",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", service.db.Instant(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("person_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("disclosed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("audit_event_at", ["at"], unique=False)
        batch_op.create_index("audit_event_person", ["person_pk"], unique=False)

    op.create_table(
        "client",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("jwks", sa.Text(), nullable=False),
        sa.Column("created_at", service.db.Instant(), nullable=False),
        sa.Column("disabled_at", service.db.Instant(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "death",
        sa.Column(
            "resource_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("person_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("place_group", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("resource_pk"),
    )
    with op.batch_alter_table("death", schema=None) as batch_op:
        batch_op.create_index("death_died_on", ["died_on"], unique=False)
        batch_op.create_index("death_person", ["person_pk"], unique=False)

    op.create_table(
        "death_count",
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("practice_code", "month"),
    )
    op.create_table(
        "list_size",
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_code", "on"),
    )
    with op.batch_alter_table("list_size", schema=None) as batch_op:
        batch_op.create_index("list_size_on", ["on"], unique=False)

    op.create_table(
        "person",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("patient_id", sa.String(), nullable=False),
        sa.Column("nhs_number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("born_on", sa.String(), nullable=False),
        sa.Column("gender", sa.String(), nullable=False),
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("sharing", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("person_nhs_number", ["nhs_number"], unique=True)
        batch_op.create_index("person_patient", ["patient_id"], unique=True)
        batch_op.create_index("person_practice", ["practice_code"], unique=False)

    op.create_table(
        "practice",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "practice_geography",
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("practice_name", sa.String(), nullable=False),
        sa.Column("pcn_code", sa.String(), nullable=False),
        sa.Column("pcn_name", sa.String(), nullable=False),
        sa.Column("sub_icb_code", sa.String(), nullable=False),
        sa.Column("sub_icb_ons_code", sa.String(), nullable=False),
        sa.Column("sub_icb_name", sa.String(), nullable=False),
        sa.Column("icb_code", sa.String(), nullable=False),
        sa.Column("icb_ons_code", sa.String(), nullable=False),
        sa.Column("icb_name", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("region_ons_code", sa.String(), nullable=False),
        sa.Column("region_name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_code", "valid_from"),
    )
    op.create_table(
        "practice_spell",
        sa.Column(
            "person_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_pk", "started_on"),
    )
    with op.batch_alter_table("practice_spell", schema=None) as batch_op:
        batch_op.create_index("practice_spell_practice", ["practice_code"], unique=False)

    op.create_table(
        "preference",
        sa.Column(
            "resource_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("person_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answer_group", sa.String(), nullable=False),
        sa.Column("second_answer", sa.String(), nullable=False),
        sa.Column("second_answer_group", sa.String(), nullable=False),
        sa.Column("no_answer", sa.String(), nullable=False),
        sa.Column("effective_at", service.db.Instant(), nullable=False),
        sa.Column("issued_at", service.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("resource_pk"),
    )
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.create_index("preference_person", ["person_pk", "kind", "effective_at"], unique=False)

    op.create_table(
        "qof_register",
        sa.Column("practice_code", sa.String(), nullable=False),
        sa.Column("year", sa.String(), nullable=False),
        sa.Column("group_code", sa.String(), nullable=False),
        sa.Column("on_register", sa.Integer(), nullable=True),
        sa.Column("list_size", sa.Integer(), nullable=False),
        sa.Column("list_type", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("practice_code", "year", "group_code"),
    )
    with op.batch_alter_table("qof_register", schema=None) as batch_op:
        batch_op.create_index("qof_register_group", ["group_code", "year"], unique=False)

    op.create_table(
        "registration",
        sa.Column(
            "resource_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("person_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("resource_pk"),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index("registration_dates", ["started_on", "ended_on"], unique=False)
        batch_op.create_index(
            "registration_one_active",
            ["person_pk"],
            unique=True,
            sqlite_where=sa.text("status = 'active'"),
            postgresql_where=sa.text("status = 'active'"),
        )
        batch_op.create_index("registration_person", ["person_pk"], unique=False)

    op.create_table(
        "resource",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_updated", service.db.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("person_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("pk"),
        sa.UniqueConstraint("resource_type", "id", name="resource_type_id"),
    )
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.create_index("resource_person", ["person_pk"], unique=False)
        batch_op.create_index("resource_type_pk", ["resource_type", "pk"], unique=False)

    op.create_table(
        "sharing_decision",
        sa.Column(
            "resource_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("person_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("decided_at", service.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("resource_pk"),
    )
    with op.batch_alter_table("sharing_decision", schema=None) as batch_op:
        batch_op.create_index("sharing_decision_person", ["person_pk"], unique=False)

    op.create_table(
        "summary_item",
        sa.Column(
            "resource_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("person_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effective_at", service.db.Instant(), nullable=False),
        sa.Column("issued_at", service.db.Instant(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource_pk", "position"),
    )
    with op.batch_alter_table("summary_item", schema=None) as batch_op:
        batch_op.create_index("summary_item_person", ["person_pk"], unique=False)

    op.create_table(
        "access_token",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("issued_at", service.db.Instant(), nullable=False),
        sa.Column("expires_at", service.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["client.client_id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.create_index("access_token_client", ["client_id"], unique=False)
        batch_op.create_index("access_token_expires", ["expires_at"], unique=False)

    op.create_table(
        "resource_version",
        sa.Column("pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("resource_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_updated", service.db.Instant(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_pk"],
            ["resource.pk"],
        ),
        sa.PrimaryKeyConstraint("pk"),
        sa.UniqueConstraint("resource_pk", "version", name="resource_version_version"),
    )
    op.create_table(
        "search_index",
        sa.Column("resource_type", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("param", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("value", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column(
            "resource_pk", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("system", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("high", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_pk"],
            ["resource.pk"],
        ),
        sa.PrimaryKeyConstraint("resource_type", "param", "value", "resource_pk", "system"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("search_index", schema=None) as batch_op:
        batch_op.create_index("search_index_resource", ["resource_pk"], unique=False)

    op.create_table(
        "used_assertion",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("expires_at", service.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["client.client_id"],
        ),
        sa.PrimaryKeyConstraint("client_id", "jti"),
    )
    with op.batch_alter_table("used_assertion", schema=None) as batch_op:
        batch_op.create_index("used_assertion_expires", ["expires_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("used_assertion", schema=None) as batch_op:
        batch_op.drop_index("used_assertion_expires")

    op.drop_table("used_assertion")
    with op.batch_alter_table("search_index", schema=None) as batch_op:
        batch_op.drop_index("search_index_resource")

    op.drop_table("search_index")
    op.drop_table("resource_version")
    with op.batch_alter_table("access_token", schema=None) as batch_op:
        batch_op.drop_index("access_token_expires")
        batch_op.drop_index("access_token_client")

    op.drop_table("access_token")
    with op.batch_alter_table("summary_item", schema=None) as batch_op:
        batch_op.drop_index("summary_item_person")

    op.drop_table("summary_item")
    with op.batch_alter_table("sharing_decision", schema=None) as batch_op:
        batch_op.drop_index("sharing_decision_person")

    op.drop_table("sharing_decision")
    with op.batch_alter_table("resource", schema=None) as batch_op:
        batch_op.drop_index("resource_type_pk")
        batch_op.drop_index("resource_person")

    op.drop_table("resource")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index("registration_person")
        batch_op.drop_index(
            "registration_one_active",
            sqlite_where=sa.text("status = 'active'"),
            postgresql_where=sa.text("status = 'active'"),
        )
        batch_op.drop_index("registration_dates")

    op.drop_table("registration")
    with op.batch_alter_table("qof_register", schema=None) as batch_op:
        batch_op.drop_index("qof_register_group")

    op.drop_table("qof_register")
    with op.batch_alter_table("preference", schema=None) as batch_op:
        batch_op.drop_index("preference_person")

    op.drop_table("preference")
    with op.batch_alter_table("practice_spell", schema=None) as batch_op:
        batch_op.drop_index("practice_spell_practice")

    op.drop_table("practice_spell")
    op.drop_table("practice_geography")
    op.drop_table("practice")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("person_practice")
        batch_op.drop_index("person_patient")
        batch_op.drop_index("person_nhs_number")

    op.drop_table("person")
    with op.batch_alter_table("list_size", schema=None) as batch_op:
        batch_op.drop_index("list_size_on")

    op.drop_table("list_size")
    op.drop_table("death_count")
    with op.batch_alter_table("death", schema=None) as batch_op:
        batch_op.drop_index("death_person")
        batch_op.drop_index("death_died_on")

    op.drop_table("death")
    op.drop_table("client")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("audit_event_person")
        batch_op.drop_index("audit_event_at")

    op.drop_table("audit_event")
    op.drop_table("area_setting")
