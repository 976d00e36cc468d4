"""People as their FHIR resources tell of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.journeys.recomputed import answers
from tests.journeys.recomputed.answers import LOCAL, SNOMED, Said, codings

BEGINNING = date(1, 1, 1)
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
REVIEW_DATE = "https://heartsease.example/fhir/StructureDefinition/epaccs-review-date"
VERIFICATION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
ETHNIC = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
CARER_ROLE = ("https://fhir.hl7.org.uk/CodeSystem/UKCore-AdditionalPersonRelationshipRole", "Carer")
REGISTER = (SNOMED, "526631000000108")
STANDING = ("final", "amended", "corrected")
ONE_DAY = timedelta(days=1)

DIAGNOSES = {
    **dict.fromkeys(("363358000", "363418001", "363349007", "128462008"), "cancer"),
    **dict.fromkeys(("84114007", "313299006", "433146000", "19943007"), "organ-failure"),
    **dict.fromkeys(("429998004", "26929004", "925861000000102"), "dementia-frailty"),
    **dict.fromkeys(("49049000", "37340000"), "neurological"),
}
DISABILITIES = (
    *("15188001", "288579009", "386806002", "397540003", "703154009"),
    *("325541000000106", "750691000000106", "914271000000103"),
)
LIVES = {
    **dict.fromkeys(("160734000", "394923006", "248171000000108"), "care-home"),
    **dict.fromkeys(("160724009", "105529008", "224133007"), "private"),
}
"""Findings of where somebody lives."""
ETHNICITIES = {"A": "white", "D": "mixed", "F": "mixed", "H": "asian", "J": "asian", "L": "asian"}
ETHNICITIES |= {"B": "white", "C": "white", "M": "black", "N": "black", "S": "other", "Z": "not-stated"}


@dataclass
class Spell:
    """On the register from a day to its last one, if there is one."""

    first: date
    last: date | None
    turn: int
    diagnosis: str


@dataclass
class Person:
    gender: str
    born_on: str
    died_on: date | None
    practices: list[tuple[date, str]]
    patient: dict[str, Any]
    spells: list[Spell] = field(default_factory=list)
    wishes: list[Said] = field(default_factory=list)
    endings: list[Said] = field(default_factory=list)
    variances: list[Said] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    residences: list[tuple[date, int, str]] = field(default_factory=list)
    diagnoses: dict[str, str] = field(default_factory=dict)
    has_learning_disability: bool = False
    items: set[int] = field(default_factory=set)

    def practice(self, on: date) -> str:
        return next((code for since, code in reversed(self.practices) if since <= on), "")

    def is_on_register(self, on: date) -> bool:
        lives = self.died_on is None or self.died_on > on
        return lives and any(one.first <= on and (one.last is None or one.last >= on) for one in self.spells)

    def lead(self) -> int | None:
        """Days on the register, without a break, up to the death; None unless on it on the day before."""
        assert self.died_on
        first = self.died_on
        for spell in sorted(self.spells, key=lambda one: one.first, reverse=True):
            if spell.first < first and (spell.last is None or spell.last >= first - ONE_DAY):
                first = spell.first
        return (self.died_on - first).days or None

    def wish(self, on: date) -> Said | None:
        return answers.in_force(self.wishes, answers.end_of(on))

    def ending(self) -> Said | None:
        return max(self.endings, key=lambda one: one.order, default=None)

    def variance(self) -> str:
        latest = max(self.variances, key=lambda one: one.order, default=None)
        return latest.code if latest and not latest.reason else ""

    def residence(self) -> str:
        return max(self.residences, default=(None, 0, "not-recorded"))[2]

    def kind(self, place: str) -> str:
        """ "Usual residence" is the kind of home in which the person lives, if that is known."""
        homes = {"care-home": answers.CARE_HOME, "private": answers.HOME}
        return homes.get(self.residence(), place) if place == answers.USUAL else place

    def diagnosis_group(self) -> str:
        named = [one for one in self.spells if one.diagnosis in self.diagnoses]
        latest = max(named, key=lambda one: (one.first, one.turn), default=None)
        return self.diagnoses[latest.diagnosis] if latest else "not-recorded"

    def ethnicity(self) -> str:
        said = [each["valueCodeableConcept"] for each in self.patient.get("extension", []) if each["url"] == ETHNIC]
        return ETHNICITIES[said[0]["coding"][0]["code"]] if said else "not-recorded"

    def language(self) -> str:
        spoken = [code for each in self.patient.get("communication", []) for _, code in codings(each["language"])]
        return "not-recorded" if not spoken else "english" if "en" in spoken else "other"

    def age(self, on: date) -> int:
        """Who is known by year or month alone is as old as they turn in it."""
        year, *rest = map(int, self.born_on.split("-"))
        return on.year - year - ([on.month, on.day][: len(rest)] < rest)


@dataclass(frozen=True)
class Written:
    """A version of a resource. `key` is the resource's, in the order of first writing."""

    key: int
    version: int
    at: datetime
    body: dict[str, Any]


def people(current: Iterable[Written], patients: Iterable[Written]) -> list[Person]:
    """`current` is every resource as it stands; `patients` is every version of each Patient."""
    history = defaultdict[int, list[Written]](list)
    for one in patients:
        history[one.key].append(one)
    resources = list(current)
    found = {
        one.body["id"]: _person(one.body, history[one.key])
        for one in resources
        if one.body["resourceType"] == "Patient"
    }
    for one in resources:
        about = one.body.get("patient") or one.body.get("subject") or {}
        person = found.get(about.get("reference", "").removeprefix("Patient/"))
        if person:
            _add(person, one)
    return list(found.values())


def _person(patient: dict[str, Any], versions: list[Written]) -> Person:
    died = patient.get("deceasedDateTime")
    practices: list[tuple[date, str]] = []
    for one in sorted(versions, key=lambda each: each.version):
        code, since = _practice(one.body)
        if not practices:
            practices.append((BEGINNING, code))
        elif code != practices[-1][1]:
            practices.append((since or one.at.date(), code))
    person = Person(patient["gender"], patient["birthDate"], died and date.fromisoformat(died[:10]), practices, patient)
    person.items |= {number for number, there in _items_of(patient).items() if there}
    return person


def _practice(patient: dict[str, Any]) -> tuple[str, date | None]:
    named = [each["identifier"] for each in patient["generalPractitioner"] if "identifier" in each]
    [of] = [each for each in named if each["system"] == ODS]
    since = of.get("period", {}).get("start")
    return of["value"], since and date.fromisoformat(since)


def _items_of(patient: dict[str, Any]) -> dict[int, bool]:
    """Items of the standard that a Patient holds, by number."""
    names, numbers = patient.get("name", []), patient.get("identifier", [])
    verified = [one for each in numbers for one in each.get("extension", []) if one["url"] == VERIFICATION]
    return {
        5: any(each.get("family") for each in names),
        6: any(each.get("given") for each in names),
        8: bool(patient.get("birthDate")),
        9: any(each.get("value") for each in numbers),
        10: bool(verified),
        12: bool(patient.get("address")),
        19: bool(patient.get("generalPractitioner")),
        20: bool(patient.get("generalPractitioner")),
    }


def _add(person: Person, one: Written) -> None:
    add = _ADD.get(one.body["resourceType"])
    if add:
        add(person, one)


def _episode(person: Person, written: Written) -> None:
    body = written.body
    of_register = any(REGISTER in codings(each) for each in body.get("type", []))
    if not of_register or body["status"] in ("planned", "cancelled", "entered-in-error"):
        return
    period = body["period"]
    first, last = (date.fromisoformat(day) if (day := period.get(end)) else None for end in ("start", "end"))
    assert first
    [named] = [each["condition"]["reference"] for each in body["diagnosis"] if each.get("rank") == 1]
    person.spells.append(Spell(first, last, written.key, named.removeprefix("Condition/")))
    person.items.add(26)


def _observation(person: Person, written: Written) -> None:
    body = written.body
    if body["status"] not in STANDING:
        return
    one = answers.said(body, written.key, written.at)
    if answers.asks(body, (SNOMED, "395091006"), ("http://loinc.org", "75780-7")):
        person.wishes.append(one)
        person.items |= set() if one.reason else {36}
        if one.usual in (answers.HOME, answers.CARE_HOME):
            home = "private" if one.usual == answers.HOME else "care-home"
            person.residences.append((answers.instant(body["effectiveDateTime"]).date(), written.key, home))
    elif answers.asks(body, (SNOMED, "366044004")):
        person.endings.append(one)
    elif answers.asks(body, (LOCAL, "variance-reason")):
        person.variances.append(one)
    elif answers.asks(body, (LOCAL, "main-carer")):
        person.items |= set() if one.reason else {16}
    elif answers.asks(body, (SNOMED, "901671000000100")):
        person.items.add(29)
    for _, code in codings(body.get("code")):
        if code in LIVES:
            person.residences.append((answers.instant(body["effectiveDateTime"]).date(), written.key, LIVES[code]))


def _condition(person: Person, written: Written) -> None:
    body = written.body
    code = next((code for system, code in codings(body.get("code")) if system == SNOMED), "")
    if codings(body.get("code")):  # words alone could not be compared
        person.diagnoses[body["id"]] = DIAGNOSES.get(code, "other")
    person.has_learning_disability |= code == "110359009"
    person.items |= {28} if code in DISABILITIES else set()


def _care_plan(person: Person, written: Written) -> None:
    body = written.body
    if body["status"] == "active":
        person.plans.append(body)
    if review_date(body):
        person.items |= {3} if body["status"] in ("active", "on-hold") else set()


def review_date(body: dict[str, Any]) -> date | None:
    """As its author set it."""
    said = [each["valueDate"] for each in body.get("extension", []) if each["url"] == REVIEW_DATE]
    return date.fromisoformat(said[0]) if said else None


def review_due(plan: dict[str, Any]) -> date:
    """As planned, or else three months after the plan was made, or on the last day of that month."""
    made = date.fromisoformat(plan["created"])
    year, month = (made.year, made.month + 3) if made.month < 10 else (made.year + 1, made.month - 9)
    last = (date(year + month // 12, month % 12 + 1, 1) - ONE_DAY).day
    return review_date(plan) or date(year, month, min(made.day, last))


def _consent(person: Person, written: Written) -> None:
    body = written.body
    if ("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy") in codings(body["scope"]):
        person.items.add(1)


def _relative(person: Person, written: Written) -> None:
    body = written.body
    if any(CARER_ROLE in codings(each) for each in body.get("relationship", [])):
        person.items.add(16)


def _allergy(person: Person, written: Written) -> None:
    person.items.add(30)


_ADD = {
    "EpisodeOfCare": _episode,
    "Observation": _observation,
    "Condition": _condition,
    "CarePlan": _care_plan,
    "Consent": _consent,
    "RelatedPerson": _relative,
    "AllergyIntolerance": _allergy,
}
