"""The register tables. All are derived from FHIR resources in the transaction that writes these, and can be rebuilt.

`person.pk` is the key of the Patient resource; every other row names the resource it came from as `resource_pk`.
Reports, worklists and summaries read these tables and no others.
"""

from datetime import date, datetime

from sqlalchemy import Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

from service import db


def _one_active(table: str) -> Index:
    """One active row a person."""
    is_active = text("status = 'active'")
    return Index(f"{table}_one_active", "person_pk", unique=True, sqlite_where=is_active, postgresql_where=is_active)


class Person(SQLModel, table=True):
    """Someone the register holds a Patient for.

    `practice_code` is the practice today (ODS); `sharing` is the decision in force: "permitted", "denied",
    "withdrawn", or empty when nothing was recorded. `sensitivity` is "R" (restricted) or "V" (very restricted) where
    nobody but who looks after this person may learn where they are (v3-Confidentiality); empty for all others.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index("person_nhs_number", "nhs_number", unique=True),
        Index("person_patient", "patient_id", unique=True),
        Index("person_practice", "practice_code"),
    )

    pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    patient_id: str
    nhs_number: str
    name: str
    born_on: str = ""  # FHIR date, which may be a year or a month only
    gender: str = ""
    practice_code: str = ""
    died_on: date | None = None
    sharing: str = ""
    sensitivity: str = ""


class Relationship(SQLModel, table=True):
    """An organisation that looks after a person, as one resource says: it sees the whole record.

    `organisation` is its ODS code; none where the resource leads to an Organization that tells no ODS code. `through`
    is that reference ("Organization/1", "PractitionerRole/2"), empty where the code itself was given. `kind` is
    "practice" (registered with it), "managing" (of a registration that stands) or "team" (of an active care team).
    `ended_on` is the last day of it, where one was said.
    """

    __tablename__ = "relationship"
    __table_args__ = (
        Index("relationship_organisation", "organisation", "person_pk"),
        Index("relationship_person", "person_pk", "organisation"),
        Index(
            "relationship_through",
            "through",
            "organisation",
            sqlite_where=text("through <> ''"),
            postgresql_where=text("through <> ''"),
        ),
    )

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    organisation: str | None = None
    kind: str
    through: str = ""
    ended_on: date | None = None


class PracticeSpell(SQLModel, table=True):
    """From when to when a person was registered with a practice; `ended_on` is the first day elsewhere."""

    __tablename__ = "practice_spell"
    __table_args__ = (Index("practice_spell_practice", "practice_code"),)

    person_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    started_on: date = Field(primary_key=True)
    ended_on: date | None = None
    practice_code: str


class Stay(SQLModel, table=True):
    """A stretch of days on which a person was on the register with one practice: what reports count.

    Registrations that count, over the practices of their days, up to the death; stays of a person never overlap.
    `ended_on` is the first day off, or with another practice; `practice_code` is empty where none is known.
    """

    __tablename__ = "stay"
    __table_args__ = (Index("stay_days", "started_on", "ended_on", "practice_code"),)

    person_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    started_on: date = Field(primary_key=True)
    ended_on: date | None = None
    practice_code: str = ""


class Trait(SQLModel, table=True):
    """What reports are split by, as one resource says it of a person; `kind` and `value` are of `traits.py`.

    `said_on` is the day of which it says it, as its author dated it, else the day on which it was written. `reference`
    is the literal reference to the resource where a registration may name it as the primary diagnosis, else empty.
    """

    __tablename__ = "trait"
    __table_args__ = (Index("trait_person", "person_pk", "kind", "value"),)

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    kind: str = Field(primary_key=True)
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    value: str
    said_on: date
    reference: str = ""


class Registration(SQLModel, table=True):
    """A spell on the register (EpisodeOfCare). `status` is FHIR's; `ended_on` is the last day on it.

    `diagnosis` is the literal reference to the Condition of rank 1, empty where none is marked.
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index("registration_person", "person_pk"),
        Index("registration_dates", "started_on", "ended_on"),
        # One active registration a person, whoever writes at the same time (SCCI1580 requirement 49).
        _one_active("registration"),
    )

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    status: str
    started_on: date | None = None
    ended_on: date | None = None
    end_reason: str = ""
    organisation: str = ""
    diagnosis: str = ""


class Plan(SQLModel, table=True):
    """An end of life care plan (CarePlan). `status` is FHIR's; `review_on` is as planned, else as proposed (item 3)."""

    __tablename__ = "plan"
    __table_args__ = (
        Index("plan_person", "person_pk"),
        Index("plan_review", "review_on"),
        # One active plan a person, whoever writes at the same time: at the bedside there must be no choice of plans.
        _one_active("plan"),
    )

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    status: str
    created_on: date | None = None
    review_on: date | None = None


class Preference(SQLModel, table=True):
    """One answer, kept for ever: in force is the latest `effective_at` among final and amended; ties by `issued_at`.

    `kind` is the name of the preference type. `answer` is the code as recorded, `answer_group` the level at which
    places are compared (10, 20, 30, 40, 50), `no_answer` the reason where there is none. `unmapped` is `system|code` of
    a coding that nothing here understands. `is_confirmation` tells "asked again, and still the same" from a change.
    """

    __tablename__ = "preference"
    __table_args__ = (
        Index("preference_person", "person_pk", "kind", "effective_at"),
        Index(
            "preference_unmapped",
            "unmapped",
            "kind",
            sqlite_where=text("unmapped <> ''"),
            postgresql_where=text("unmapped <> ''"),
        ),
    )

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    kind: str
    status: str
    answer: str = ""
    answer_group: str = ""
    second_answer: str = ""
    second_answer_group: str = ""
    no_answer: str = ""
    unmapped: str = ""
    is_confirmation: bool = False
    effective_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    issued_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))


class Death(SQLModel, table=True):
    """What one resource says of a death: the Patient gives the day, an Observation gives the place.

    `status` is how the day is known (`deaths.NOTIFICATIONS`): "informal", "formal", or "removed", which takes the
    death back and leaves no day; empty where nothing was said of it.
    """

    __tablename__ = "death"
    __table_args__ = (Index("death_person", "person_pk"), Index("death_died_on", "died_on"))

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    died_on: date | None = None
    place: str = ""
    place_group: str = ""
    status: str = ""


class SharingDecision(SQLModel, table=True):
    """A sharing Consent: "permitted", "denied" or "withdrawn", from when. The latest one rules `person.sharing`."""

    __tablename__ = "sharing_decision"
    __table_args__ = (Index("sharing_decision_person", "person_pk"),)

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    decision: str
    decided_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))


class RecordedItem(SQLModel, table=True):
    """An item of SCCI1580 that a resource records (`items.py`): "present", or why there is no answer."""

    __tablename__ = "recorded_item"
    __table_args__ = (Index("recorded_item_person", "person_pk", "item", "state"),)

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    item: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    state: str


class SummaryItem(SQLModel, table=True):
    """One line of the summary, ready but for what time changes (in force, overdue).

    `kind` groups lines of which only the latest effective one is in force, ties by `issued_at` as for preferences;
    empty where all lines stand.
    `narrative` is escaped XHTML. `review_on` is the day from which the line is overdue for review.
    """

    __tablename__ = "summary_item"
    __table_args__ = (Index("summary_item_person", "person_pk"),)

    resource_pk: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(db.Key, primary_key=True, autoincrement=False))
    person_pk: int = Field(sa_column=Column(db.Key, nullable=False))
    section: str
    kind: str = ""
    effective_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    issued_at: datetime = Field(sa_column=Column(db.Instant, nullable=False))
    review_on: date | None = None
    narrative: str = Field(sa_column=Column(Text, nullable=False))
