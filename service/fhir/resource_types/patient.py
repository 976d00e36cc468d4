"""Patient: the person on the register (SCCI1580 items 5 to 20 and 59)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Final

from service import db
from service.errors import Issue
from service.fhir import elements, identity, narrative, relationships, sensitivity, traits
from service.fhir.narrative import Line
from service.fhir.register_rules import broken
from service.fhir.resource_type import SELF, Body, InPart, RegisterRow, ResourceType
from service.register import codes, deaths, nhs_number, organisations, words
from service.register.models import Death, Person

PERSON: Final = db.table(Person)
DEATH: Final = db.table(Death)
PROFILE: Final = f"{codes.BASE}/StructureDefinition/epaccs-patient"


def _rules(patient: Body) -> Iterator[Issue]:
    yield from _has_one_nhs_number(patient)
    yield from _is_merged_by_the_operation(patient)
    yield from _death_follows_birth(patient)


def _has_one_nhs_number(patient: Body) -> Iterator[Issue]:
    """SCCI1580 item 9: the primary identifier, so one is in use; others were superseded (`use` old).

    That there is one at all, the profile says. To count those in use by FHIRPath would take half the time of a write.
    """
    stated = [
        (place, identifier.get("value"), identifier.get("use"))
        for place, identifier in enumerate(elements.all_of(patient, "identifier"))
        if identifier.get("system") == nhs_number.SYSTEM
    ]
    current = sum(use != "old" for _, _, use in stated)
    if stated and current != 1:
        message = f"A Patient has exactly one NHS number whose use is not old; this one has {current}"
        yield broken(message, "Patient.identifier")
    for place, value, _ in stated:
        if not isinstance(value, str) or not nhs_number.is_valid(value):
            yield Issue(
                "value",
                "Not a valid NHS number: give ten digits without spaces, the last one being the check digit",
                f"Patient.identifier[{place}].value",
            )


def _is_merged_by_the_operation(patient: Body) -> Iterator[Issue]:
    for place in identity.replaced_at(patient):
        message = "What stands in the place of a Patient is told by Patient/$merge, which moves the record as well"
        yield broken(message, f"Patient.link[{place}].type")


def _death_follows_birth(patient: Body) -> Iterator[Issue]:
    born_on = elements.day(patient.get("birthDate"))
    died_by = elements.last_day(patient.get("deceasedDateTime"))
    if born_on and died_by and died_by < born_on:
        yield broken("The date of death is before the date of birth", "Patient.deceasedDateTime")


def _register_rows(patient: Body, at: datetime) -> Iterable[RegisterRow]:
    person = _person(patient)
    rows: list[RegisterRow] = [(PERSON, person), *relationships.of_practice(person["practice_code"])]
    rows += traits.of_patient(patient, at)
    died_on, status = _died_on(patient), _notification(patient)
    if died_on or status:
        rows.append((DEATH, {"died_on": died_on, "place": "", "place_group": "", "status": status}))
    return rows + narrative.rows(
        [
            *_death_line(patient),
            _identity_line(patient, at),
            *_details_lines(patient, at),
            *_practice_lines(patient, at),
            *_language_lines(patient, at),
        ]
    )


def _person(patient: Body) -> dict[str, Any]:
    """The columns of `person`, and `practice_from` for `people.save`."""
    practice_code, practice_from = _practice(patient)
    return {
        "patient_id": elements.text_at(patient, "id"),
        "nhs_number": elements.identifier(patient, nhs_number.SYSTEM),
        "name": elements.human_name(patient.get("name")),
        "born_on": elements.text_at(patient, "birthDate"),
        "gender": elements.text_at(patient, "gender"),
        "practice_code": practice_code,
        "practice_from": practice_from,
        "died_on": _died_on(patient),
        "sensitivity": sensitivity.of(patient),
    }


def _notification(patient: Body) -> str:
    """How the death is known (UK Core DeathNotificationStatus); empty where nothing is said of it."""
    said = elements.extension(elements.extension(patient, codes.DEATH_NOTIFICATION), "deathNotificationStatus")
    known = [
        deaths.NOTIFICATIONS[code]
        for system, code in elements.codings(said.get("valueCodeableConcept"))
        if system == deaths.NOTIFICATION and code in deaths.NOTIFICATIONS
    ]
    return next(iter(known), "")


def _died_on(patient: Body) -> date | None:
    """None of a death that was taken back, even where its date still stands beside that."""
    is_removed = _notification(patient) == deaths.REMOVED
    return None if is_removed else elements.day(patient.get("deceasedDateTime"))


def _practice(patient: Body) -> tuple[str, date | None]:
    """The ODS code of the practice, and since when it is theirs if that was said."""
    for reference in elements.all_of(patient, "generalPractitioner"):
        code = elements.text_at(reference, "identifier", "value").strip().upper()
        is_ods = elements.text_at(reference, "identifier", "system") == codes.ODS_ORGANISATION
        if code and (is_ods or organisations.is_practice_code(code)):
            return code, elements.day(elements.part(reference, "identifier", "period", "start"))
    return "", None


def _identity_line(patient: Body, at: datetime) -> Line:
    """Whose record this is: every summary says it, so every summary holds its Patient."""
    born_on = _as_precise(elements.text_at(patient, "birthDate"))
    born = f"born {born_on}" if born_on else ""
    number = elements.identifier(patient, nhs_number.SYSTEM)
    parts = (elements.human_name(patient.get("name")), born, f"NHS number {nhs_number.displayed(number)}")
    return Line("status", ", ".join(filter(None, parts)), at, kind="identity")


def _details_lines(patient: Body, at: datetime) -> Iterator[Line]:
    """Preferred name, status of the NHS number, gender, address and telephone (SCCI1580 items 7 and 10 to 13)."""
    lives = next((text for each in elements.all_of(patient, "address") if (text := _address(each))), "")
    gender, phones = elements.text_at(patient, "gender"), elements.phones(patient)
    what = narrative.sentence(
        _known_as(patient),
        f"Gender: {gender}" if gender else "",
        _traced(patient),
        f"Address: {lives}" if lives else "",
        f"Telephone {phones}" if phones else "",
    )
    if what:
        yield Line("status", what, at, recorded_on=at.date())


def _known_as(patient: Body) -> str:
    """A usual name that is not the whole of another one, or the name that friends use."""
    names = elements.all_of(patient, "name")
    first = next((name for use in ("nickname", "usual") for name in names if name.get("use") == use), {})
    known = elements.human_name([first])
    return f"Known as {known}" if len(names) > 1 and known else ""


def _traced(patient: Body) -> str:
    """How far the NHS number was traced, in words of ours where the code is known."""
    number = next((each for each in elements.all_of(patient, "identifier") if _is_nhs_number(each)), {})
    status = elements.extension(number, codes.NHS_NUMBER_STATUS).get("valueCodeableConcept")
    known = (nhs_number.STATUSES.get(code, "") for _, code in elements.codings(status))
    traced = next(filter(None, known), "") or elements.text_of(status)
    return f"NHS number {traced}" if traced else ""


def _is_nhs_number(identifier: Body) -> bool:
    return identifier.get("system") == nhs_number.SYSTEM and identifier.get("use") != "old"


def _address(address: Body) -> str:
    """One address as it is written on an envelope; none of those that are old."""
    lines = address.get("line")
    parts = [*(lines if isinstance(lines, list) else []), *map(address.get, ("city", "district", "postalCode"))]
    written = ", ".join(part for part in parts if isinstance(part, str) and part)
    return "" if address.get("use") == "old" else elements.text_at(address, "text") or written


def _death_line(patient: Body) -> Iterator[Line]:
    died_on = _died_on(patient)
    died_at = elements.instant(patient.get("deceasedDateTime"))
    if died_on and died_at:
        died = f"Died on {_as_precise(elements.text_at(patient, 'deceasedDateTime'))}"
        known = {"informal": "Not yet confirmed by the registrar", "formal": "Confirmed by the registrar"}
        what = narrative.sentence(died, known.get(_notification(patient), ""))
        yield Line("status", what, died_at, kind="death")


def _as_precise(text: str) -> str:
    """A date in words. A month or a year stays one: the first of the month would be an invention."""
    on = elements.day(text)
    said = words.day(on).split() if on else []
    return " ".join(said[-min(text.count("-") + 1, 3) :])


def _practice_lines(patient: Body, at: datetime) -> Iterator[Line]:
    for reference in elements.all_of(patient, "generalPractitioner"):
        display, code = elements.text_at(reference, "display"), elements.text_at(reference, "identifier", "value")
        if display or code:
            what = f"GP practice: {f'{display} ({code})' if display and code else display or code}"
            yield Line("people", what, at, recorded_on=at.date())


def _language_lines(patient: Body, at: datetime) -> Iterator[Line]:
    """Interpreter and spoken language (SCCI1580 items 14 and 15)."""
    spoken = [elements.text_of(each.get("language")) for each in elements.all_of(patient, "communication")]
    needs = elements.extension(patient, codes.INTERPRETER_REQUIRED).get("valueBoolean") is True
    languages = ", ".join(filter(None, spoken))
    what = narrative.sentence(f"Speaks {languages}" if languages else "", "Interpreter needed" if needs else "")
    if what:
        yield Line("what-matters", what, at, recorded_on=at.date())


def _without_place(patient: Body) -> Body:
    """Of extensions how the death is known, and whether an interpreter is needed. Of links those of a merge, which a
    client has to follow: others may lead to a relative, who may tell where the person is."""
    told = {
        "extension": [one for one in elements.all_of(patient, "extension") if one.get("url") in _TOLD],
        "link": [one for one in elements.all_of(patient, "link") if one.get("type") in _OF_A_MERGE],
    }
    rest = {name: value for name, value in patient.items() if name not in told}
    return {**rest, **{name: value for name, value in told.items() if value}}


_TOLD: Final = (codes.DEATH_NOTIFICATION, codes.INTERPRETER_REQUIRED)
_OF_A_MERGE: Final = ("replaced-by", "replaces")

_IN_PART: Final = InPart(
    elements=frozenset(
        {
            *("resourceType", "id", "meta", "active", "identifier", "name", "gender", "communication", "extension"),
            *("birthDate", "deceasedBoolean", "deceasedDateTime", "link"),
        }
    ),
    words=frozenset({"communication.language"}),
    without_place=_without_place,
)

PATIENT = ResourceType(
    name="Patient",
    person=SELF,
    dated=lambda patient: ("birthDate", "deceasedDateTime"),
    profiles=lambda patient: [PROFILE],
    rules=_rules,
    register_rows=_register_rows,
    is_replaced=identity.is_replaced,
    in_every_summary=True,
    in_part=_IN_PART,
)
