"""Reads what of a record is in force, from the resources behind the lines of the summary, for `register.cautions`."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from service.fhir import codec, elements, preference_answers
from service.fhir.resource_type import Body
from service.fhir.resource_types import consent
from service.register import cautions, codes, preference_type, registrations
from service.register.cautions import InForce


class Statement(NamedTuple):
    """A line that stands, with its resource, and what of the person bears on it."""

    kind: str
    section: str
    sharing: str
    died_on: date | None
    resource_pk: int
    body: bytes


_READ: Final = (cautions.CPR, cautions.PRIORITY, cautions.PLACE, cautions.PROGNOSIS)


def in_force(statements: Sequence[Statement]) -> InForce:
    """What the lines that stand say together."""
    by_kind = {statement.kind: statement for statement in statements if statement.kind}
    observed = {kind: codec.loads(by_kind[kind].body) for kind in (*_READ, cautions.ESCALATION) if kind in by_kind}
    read = {kind: _reading(kind, observed[kind]) for kind in _READ if kind in observed}
    refusals = [codec.loads(one.body) for one in statements if one.section == cautions.ADVANCE_DECISION]
    powers = [codec.loads(one.body) for one in statements if one.section == cautions.ATTORNEY]
    return InForce(
        is_registered=registrations.STANDS in by_kind and not any(one.died_on for one in statements),
        sharing=next((one.sharing for one in statements), ""),
        answers={kind: reading.group or reading.answer for kind, reading in read.items()},
        decided=_decided(observed.get(cautions.ESCALATION, {})),
        is_place_asked=cautions.PLACE in read and read[cautions.PLACE].no_answer != "not-asked",
        refuses_life_sustaining_treatment=_any_says(refusals, codes.REFUSAL_OF_LIFE_SUSTAINING_TREATMENT),
        has_attorney_for_life_sustaining_treatment=_any_says(powers, codes.ATTORNEY_FOR_LIFE_SUSTAINING_TREATMENT),
        has_anticipatory_medicines=any(one.section == cautions.MEDICINES for one in statements),
    )


def _reading(kind: str, observation: Body) -> preference_answers.Reading:
    return preference_answers.read(observation, preference_type.all_types()[kind].answers)


def _decided(plan: Body) -> dict[str, str]:
    """By code of an intervention, what a treatment escalation plan decides on it."""
    return {
        code: preference_answers.read(part, known.answers).answer
        for part in elements.all_of(plan, "component")
        for _, code in elements.codings(part.get("code"))
        for known in preference_type.all_types()[cautions.ESCALATION].components
        if known.code.code == code
    }


def _any_says(consents: Sequence[Body], code: codes.Code) -> bool:
    return any(code.key in consent.codes_of(one) for one in consents)
