"""What may be written of somebody whose whereabouts are restricted: more is said, nothing changed, nothing learnt."""

from collections.abc import Iterable
from typing import Any

import pytest

from service import clock
from service.actor import Actor, Sees
from service.db import Database
from service.errors import Forbidden, HeartseaseError, Invalid
from service.fhir import patching
from service.register import codes
from service.store import write
from service.store.write import Writing
from tests import builders
from tests.builders import Body, reference
from tests.store.test_seen_in_part import BY, CARER, IN_PART, RESTRICTED, put

OURS = {"identifier": {"system": codes.ODS_ORGANISATION, "value": "RX9"}}
UNRESTRICTED = {**RESTRICTED, "code": "N"}


def anna(**changes: Any) -> Body:
    elements = {"id": "anna", "meta": {"security": [RESTRICTED]}, "generalPractitioner": builders.at_practice("Y99001")}
    return builders.patient(**{**elements, **changes})


@pytest.fixture
def kept(database: Database) -> Database:
    file = builders.binary(id="file", data="aG9tZQ==")
    put(database, anna(), builders.care_team(id="team"), builders.place_of_death(id="wish"), file)
    return database


def send(database: Database, *resources: Body, by: Actor = IN_PART) -> list[Any]:
    """Puts these in one transaction. Returns what was said of each."""
    with database.transaction() as session:
        with write.writing(session, by=by, at=clock.now(), base="http://test") as changes:
            saved = [changes.update(resource) for resource in resources]
        return [changes.advised(one).warnings for one in saved]


def change(changes: Writing) -> None:
    changes.update(builders.place_of_death("22", id="wish"))


def mend(changes: Writing) -> None:
    changes.patch("Observation", "wish", patching.understood(b'[{"op":"remove","path":"/performer"}]'))


def take_out(changes: Writing) -> None:
    changes.delete("Observation", "wish")


@pytest.mark.parametrize("work", [change, mend, take_out])
def test_who_sees_a_record_in_part_changes_nothing_in_it(kept: Database, work: Any) -> None:
    for by in (IN_PART, CARER):
        with kept.transaction() as session, write.writing(session, by=by, at=clock.now()) as changes:
            if by is CARER:
                work(changes)
                continue
            with pytest.raises(Forbidden, match="in part"):
                work(changes)


def test_who_sees_a_record_in_part_adds_to_it(kept: Database) -> None:
    send(kept, builders.cpr_decision(id="cpr"))


def test_nobody_becomes_a_carer_by_saying_so(kept: Database) -> None:
    with pytest.raises(Forbidden, match="said by those who do already"):
        send(kept, builders.care_team(id="ours", participant=[{"member": OURS}]))
    with pytest.raises(Forbidden, match="said by those who do already"):
        send(kept, builders.registration(id="spell", status="onhold", managingOrganization=OURS))


@pytest.mark.parametrize(
    ("meta", "by", "is_restricted"),
    [
        ({}, CARER, True),
        ({"security": [UNRESTRICTED]}, CARER, False),
        ({"security": []}, BY, True),
        ({"security": [UNRESTRICTED]}, BY, False),
    ],
)
def test_a_label_stays_until_it_is_lifted(kept: Database, meta: Body, by: Actor, is_restricted: bool) -> None:
    send(kept, anna(meta=meta or None), by=by)
    if is_restricted:
        with pytest.raises(Forbidden):
            send(kept, anna())
    else:
        send(kept, anna(gender="female"))


def answers(database: Database, resources: Iterable[Body]) -> list[Any]:
    """What is answered to each, without what was sent."""
    found: list[Any] = []
    for resource in resources:
        try:
            found.append([issue.message for said in send(database, resource) for issue in said])
        except HeartseaseError as refusal:
            found.append((type(refusal), refusal.message))
    return found


def test_what_is_hidden_is_referred_to_as_if_it_were_not_there(kept: Database) -> None:
    plans = [
        builders.care_plan(id="plan", status="draft", careTeam=[reference(f"CareTeam/{to}")]) for to in ("team", "no")
    ]
    hidden, absent = answers(kept, plans)
    assert hidden == absent
    assert hidden[0] is Invalid
    send(kept, plans[0], by=CARER)


def test_what_comes_together_may_refer_to_each_other(kept: Database) -> None:
    team = builders.care_team(id="theirs", name="Ward round")
    send(kept, team, builders.care_plan(id="plan", status="draft", careTeam=[reference("CareTeam/theirs")]))


def test_of_a_hidden_file_nothing_is_compared(kept: Database) -> None:
    files = [{"url": f"http://test/Binary/{name}", "contentType": "text/plain", "size": 3} for name in ("file", "no")]
    papers = [builders.document(id=f"paper-{at}", content=[{"attachment": one}]) for at, one in enumerate(files)]
    hidden, absent = answers(kept, papers)
    assert hidden == absent
    with pytest.raises(Invalid):
        send(kept, builders.document(id="paper", content=[{"attachment": files[0]}]), by=CARER)


def test_an_answer_is_confirmed_by_who_may_read_all_of_it(kept: Database) -> None:
    confirming = [{"url": codes.CONFIRMED_UNCHANGED, "valueReference": reference("Observation/wish")}]
    again = builders.place_of_death(id="again", effectiveDateTime="2025-06-01", extension=confirming)
    with pytest.raises(Forbidden, match="in part"):
        send(kept, again)
    send(kept, again, by=CARER)


def test_the_rules_hold_where_sharing_must_be_permitted(kept: Database) -> None:
    send(kept, builders.sharing(id="permit"), by=CARER)
    hospital = Actor("hospital", "RX9", Sees.PERMITTED, IN_PART.permissions)
    with pytest.raises(Forbidden, match="in part"):
        send(kept, builders.place_of_death("22", id="wish"), by=hospital)
