"""People whose records are harder to count than those of the demonstration: each is one way to be counted wrongly.

All are of one practice of the area and of its time. What is right is said by the oracle alone (`recomputed`).
"""

from collections.abc import Iterator
from typing import Any

from service.register import codes
from tests import builders
from tests.builders import Body, reference

PRACTICE, OTHER = "X99001", "X99002"
USUAL, UNDECIDED = "819211000000102", "517161000000101"
IN_HOSPITAL, IN_CARE_HOME, IN_HOSPICE, AT_USUAL_RESIDENCE = "184297005", "876880009", "876882001", "876886003"
DIED = "2026-02-10"
_FIRST_NUMBER = 20_000
"""Of the NHS numbers of the 999 range; the story has those before it."""


def everybody() -> list[list[Body]]:
    """The record of each, to be written one after the other."""
    return [list(record) for record in _records()]


def moved() -> list[Body]:
    """Later versions: somebody registered elsewhere since, before they died."""
    return [_patient("mover", 16, deceased=DIED, practice=OTHER, since="2026-01-20")]


def _records() -> Iterator[list[Body]]:
    usual = builders.snomed(USUAL)
    yield _died("resolved", 0, _wish("resolved", value=usual), _lives("resolved"), ending=IN_CARE_HOME)
    at_home = _wish("flagged", component=[_is_usual()])
    yield _died("flagged", 1, at_home, ending=AT_USUAL_RESIDENCE)
    yield _died("unresolved", 2, _wish("unresolved", value=usual), ending=IN_CARE_HOME)
    yield _died("elsewhere", 3, _wish("elsewhere", value=usual), ending=IN_HOSPITAL)
    undecided = _wish("wavering", on="2026-01-20", value=builders.snomed(UNDECIDED))
    yield _died("wavering", 4, _wish("wavering"), undecided, ending=IN_HOSPICE)
    not_asked = {"valueCodeableConcept": None, "dataAbsentReason": _absent("not-asked")}
    yield _died("unasked", 5, _wish("unasked"), _wish("unasked", on="2026-01-20", **not_asked), ending=IN_HOSPITAL)
    late, on_the_day = _wish("late", on="2026-02-11", place="30"), _wish("late", on=DIED, place="40")
    yield _died("late", 6, late, on_the_day, ending=IN_CARE_HOME)
    mistake = _wish("mistake", on="2026-01-20", place="10", status="entered-in-error")
    draft = _wish("mistake", on="2026-01-21", place="10", status="preliminary")
    amended = _wish("mistake", on="2026-01-05", place="30", status="amended")
    yield _died("mistake", 7, _wish("mistake"), amended, mistake, draft, ending=IN_HOSPICE)
    confirmed = [{"url": codes.CONFIRMED_UNCHANGED, "valueReference": reference("Observation/firm-2026-01-02")}]
    again = _wish("firm", on="2026-02-09", extension=confirmed)
    yield _died("firm", 8, _wish("firm"), again, ending=IN_HOSPITAL)
    yield _died("gap", 9, before=("2024-01-01", "2024-06-01"), ending=IN_HOSPITAL)
    yield _died("seamless", 10, before=("2024-01-01", "2025-12-31"), ending=IN_HOSPITAL)
    yield _died("left", 11, _wish("left"), until="2026-02-01", ending=IN_HOSPICE)
    yield _died("last-day", 12, since=DIED, ending=IN_HOSPITAL)
    yield _died("eve", 13, since="2026-02-09", until="2026-02-09")
    yield _died("offered", 14, _wish("offered"), status="cancelled", ending=IN_HOSPICE)
    in_words = _wish("words", value={"text": "By the sea"})
    yield _died("words", 15, in_words, ending=IN_HOSPITAL)
    yield _died("mover", 16, _wish("mover"), ending=IN_HOSPITAL)
    arrival = "63238001"  # dead on arrival: how they were found, and no kind of place
    yield _died("found", 17, _wish("found", place="40"), ending=arrival)
    second = [builders.second_choice("41")]
    yield _died("second", 18, _wish("second", component=second), _reason("second", "no-bed"), ending=IN_CARE_HOME)
    foreign = _reason("foreign", "flood", system="urn:example:reasons")
    yield _died("foreign", 19, _wish("foreign"), foreign, ending=IN_HOSPITAL)
    plan = _plan("unplanned", extension=None, created="2026-01-31")
    yield [*_registered(_patient("unplanned", 20, birthDate="1950", gender="other"), plan=plan)]
    due_today = _plan("due", extension=builders.review_on("2026-03-31"))
    yield [*_registered(_patient("due", 21, birthDate="1961-04"), plan=due_today)]
    on_hold = _plan("held", status="on-hold", extension=builders.review_on("2026-05-01"))
    yield [*_registered(_patient("held", 22), plan=on_hold)]


def _patient(
    name: str, number: int, *, deceased: str | None = None, practice: str = PRACTICE, since: str = "", **changes: Any
) -> Body:
    doctors = [{"display": "Dr Alex Brook"}, *builders.at_practice(practice, since or None)]
    given = {"gender": "female", "generalPractitioner": doctors, "deceasedDateTime": deceased, **changes}
    return builders.patient(builders.a_number(_FIRST_NUMBER + number), id=name, **given)


def _registered(who: Body, *, plan: Body | None = None, **changes: Any) -> Iterator[Body]:
    for one in builders.minimum_record(who, **{"period": {"start": "2026-01-01"}, **changes}):
        yield plan if plan and one["resourceType"] == "CarePlan" else one


def _died(
    name: str,
    number: int,
    *said: Body,
    since: str = "2026-01-01",
    until: str = DIED,
    status: str = "finished",
    before: tuple[str, str] | None = None,
    ending: str = "",
) -> list[Body]:
    who = _patient(name, number, deceased=DIED)
    reason = {"url": codes.END_REASON, "valueCodeableConcept": builders.concept(codes.END_REASONS["died"])}
    changes = {"status": status, "period": {"start": since, "end": until}, "extension": [reason]}
    *rest, spell = _registered(who, plan=_over(name), **changes)
    spells = [spell]
    if before:
        first, last = before
        spells.append(spell | {"id": f"{name}-before", "period": {"start": first, "end": last}})
    person = reference(f"Patient/{name}")
    place = builders.actual_place_of_death(ending, id=f"{name}-ending", subject=person, effectiveDateTime=DIED)
    return [*rest, *spells, *said, *([place] if ending else [])]


def _wish(name: str, *, on: str = "2026-01-02", place: str = "21", value: Body | None = None, **changes: Any) -> Body:
    elements = {"id": f"{name}-{on}", "subject": reference(f"Patient/{name}"), "effectiveDateTime": on}
    wish = builders.place_of_death(place, **elements, **changes)
    return wish | ({"valueCodeableConcept": value} if value else {})


def _plan(name: str, **changes: Any) -> Body:
    about = {"subject": reference(f"Patient/{name}"), "addresses": [reference(f"Condition/{name}-diagnosis")]}
    return builders.care_plan(id=f"{name}-plan", **about, **changes)


def _over(name: str) -> Body:
    return _plan(name, status="completed", period={"start": "2025-03-01", "end": DIED})


def _is_usual() -> Body:
    return {"code": builders.concept((codes.LOCAL, "is-usual-residence")), "valueBoolean": True}


def _absent(reason: str) -> Body:
    return builders.concept((codes.DATA_ABSENT_REASON, reason))


def _lives(name: str) -> Body:
    """In a residential home, as general practice records it."""
    person = reference(f"Patient/{name}")
    finding = builders.snomed("394923006")
    return builders.observation(
        id=f"{name}-home", code=finding, valueCodeableConcept=None, subject=person, effectiveDateTime="2026-01-01"
    )


def _reason(name: str, code: str, system: str = codes.LOCAL) -> Body:
    return builders.observation(
        id=f"{name}-reason",
        code=builders.concept((codes.LOCAL, "variance-reason")),
        valueCodeableConcept=builders.concept((system, code)),
        subject=reference(f"Patient/{name}"),
        effectiveDateTime="2026-02-12",
    )
