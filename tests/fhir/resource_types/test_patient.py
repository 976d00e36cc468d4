from datetime import date

import pytest

from service.errors import Issue
from service.register import codes, deaths
from tests import builders
from tests.builders import concept
from tests.fhir.reading import TYPES, broken, lines, refusals, rows, unfit


def test_a_patient_is_a_person():
    known = builders.patient(
        id="anna", gender="female", generalPractitioner=builders.at_practice("M83999", "2020-01-01")
    )
    assert rows(known, "person") == [
        {
            "patient_id": "anna",
            "nhs_number": builders.NHS_NUMBER,
            "name": "EXAMPLE, Anna",
            "born_on": "1940-05-06",
            "gender": "female",
            "practice_code": "M83999",
            "practice_from": date(2020, 1, 1),
            "died_on": None,
            "sensitivity": "",
        }
    ]


def test_a_practice_is_known_by_the_shape_of_its_code_where_no_system_is_named():
    [person] = rows(builders.patient(generalPractitioner=[{"identifier": {"value": "m83999"}}]), "person")
    assert person["practice_code"] == "M83999"


@pytest.mark.parametrize("identifier", [{"value": "G9999998"}, {"system": "urn:gmc", "value": "1234567"}, {}])
def test_another_number_of_a_practitioner_is_no_practice(identifier):
    [person] = rows(builders.patient(generalPractitioner=[{"identifier": identifier}]), "person")
    assert (person["practice_code"], person["practice_from"]) == ("", None)


@pytest.mark.parametrize("identifiers", [None, [], [{"system": "urn:local", "value": "1"}]])
def test_a_patient_without_an_nhs_number_is_refused(identifiers):
    assert unfit(builders.patient(identifier=identifiers)) == ["Patient.identifier"]


def test_a_patient_with_two_nhs_numbers_is_refused():
    twice = builders.patient()["identifier"] * 2
    assert refusals(builders.patient(identifier=twice)) == broken("Patient.identifier")


@pytest.mark.parametrize("number", ["9990000019", "999 000 0018", "0000000000", "999000001", ""])
def test_an_invalid_nhs_number_is_refused_where_it_stands(number):
    identifiers = [{"system": "urn:local", "value": "1"}, *builders.patient(number)["identifier"]]
    assert refusals(builders.patient(identifier=identifiers)) == [("value", "Patient.identifier[1].value")]


def test_a_refusal_does_not_repeat_the_number():
    issues = list(TYPES["Patient"].rules(builders.patient("9990000019")))
    assert not [issue for issue in issues if "9990000019" in issue.message]
    assert all(isinstance(issue, Issue) for issue in issues)


def test_a_death_before_birth_is_refused():
    assert refusals(builders.patient(deceasedDateTime="1940-05-05")) == broken("Patient.deceasedDateTime")


@pytest.mark.parametrize("died", ["1940-05-06", "1940", "1940-05", "2026-03-01T23:10:00+00:00"])
def test_a_death_that_may_be_after_birth_is_accepted(died):
    assert refusals(builders.patient(deceasedDateTime=died)) == []


def test_a_death_without_a_date_is_refused():
    assert unfit(builders.patient(deceasedBoolean=True)) == ["Patient.deceasedBoolean"]


def test_being_alive_needs_no_date():
    assert unfit(builders.patient(deceasedBoolean=False)) == []


def test_a_death_gives_the_day_and_the_first_line():
    died = builders.patient(deceasedDateTime="2026-03-02T00:30:00+01:00")
    assert rows(died, "death") == [{"died_on": date(2026, 3, 2), "place": "", "place_group": "", "status": ""}]
    assert rows(died, "person")[0]["died_on"] == date(2026, 3, 2)
    assert lines(died, "status")[0] == "Died on 2 March 2026."


def notified(code):
    status = {"url": "deathNotificationStatus", "valueCodeableConcept": concept((deaths.NOTIFICATION, code))}
    return [{"url": codes.DEATH_NOTIFICATION, "extension": [status]}]


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("1", "informal", "; Not yet confirmed by the registrar"),
        ("2", "formal", "; Confirmed by the registrar"),
        ("9", "", ""),
    ],
)
def test_a_death_says_how_it_is_known(code, status, words):
    died = builders.patient(deceasedDateTime="2026-03-02", extension=notified(code))
    [death] = rows(died, "death")
    assert (death["died_on"], death["status"]) == (date(2026, 3, 2), status)
    assert lines(died, "status")[0] == f"Died on 2 March 2026{words}."


@pytest.mark.parametrize("died", [None, "2026-03-02"])
def test_a_death_that_was_removed_is_no_death(died):
    alive = builders.patient(deceasedDateTime=died, extension=notified("U"))
    assert rows(alive, "death") == [{"died_on": None, "place": "", "place_group": "", "status": deaths.REMOVED}]
    assert rows(alive, "person")[0]["died_on"] is None
    assert not [line for line in lines(alive, "status") if "Died" in line]


@pytest.mark.parametrize(("died", "words"), [("2026", "2026"), ("2026-03", "March 2026")])
def test_a_partial_date_of_death_is_shown_as_precise_as_it_is(died, words):
    assert lines(builders.patient(deceasedDateTime=died), "status")[0] == f"Died on {words}."


@pytest.mark.parametrize(("born", "words"), [("1940-05-06", "6 May 1940"), ("1940-05", "May 1940"), ("1940", "1940")])
def test_every_summary_says_whose_it_is(born, words):
    identity = lines(builders.patient(birthDate=born), "status")[0]
    assert identity == f"EXAMPLE, Anna, born {words}, NHS number 999 000 0018."


def test_the_practice_and_the_need_for_an_interpreter_are_shown():
    interpreter = [{"url": codes.INTERPRETER_REQUIRED, "valueBoolean": True}]
    known = builders.patient(
        generalPractitioner=builders.at_practice("M83999"),
        communication=[{"language": {"text": "Polish"}}],
        extension=interpreter,
    )
    assert lines(known, "people") == ["GP practice: M83999. Recorded on 2 March 2026"]
    assert lines(known, "what-matters") == ["Speaks Polish; Interpreter needed. Recorded on 2 March 2026"]


UNKNOWN = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


@pytest.mark.parametrize(
    ("names", "is_kept"),
    [
        (None, False),
        ([{"text": "Anna Example"}], False),
        ([{"family": "Example"}], False),
        ([{"use": "old", "family": "Example", "given": ["Anna"]}], False),
        ([{"use": "usual", "family": "Example", "given": ["Anna"]}], True),
        ([{"text": "Annie"}, {"family": "Example", "given": ["Anna"]}], True),
        ([{"_family": UNKNOWN, "given": ["Anna"]}], True),
    ],
)
def test_a_patient_has_a_name_in_use(names, is_kept):
    assert unfit(builders.patient(name=names)) == ([] if is_kept else ["Patient"])


@pytest.mark.parametrize(("birth", "elements"), [({"birthDate": None}, ["Patient.birthDate"]), ({}, [])])
def test_a_patient_was_born(birth, elements):
    assert unfit(builders.patient(**birth)) == elements


def test_why_a_birth_date_is_not_known_may_be_said_instead():
    assert unfit(builders.patient(birthDate=None, _birthDate=UNKNOWN)) == []


def test_an_nhs_number_says_how_far_it_was_traced():
    number = builders.verified_number(builders.NHS_NUMBER)
    untold = {name: value for name, value in number.items() if name != "extension"}
    assert unfit(builders.patient(identifier=[untold])) == ["Patient.identifier[0]"]
    assert unfit(builders.patient(identifier=[number, untold | {"use": "old"}])) == []


def test_how_far_a_number_was_traced_is_a_code_of_england_or_wales():
    number = builders.verified_number(builders.NHS_NUMBER)
    number["extension"][0]["valueCodeableConcept"] = concept((codes.NHS_NUMBER_STATUS_ENGLAND, "99"))
    assert unfit(builders.patient(identifier=[number])) == ["Patient.identifier[0].extension[0].valueCodeableConcept"]


def test_the_details_of_a_person_stand_in_one_line():
    known = builders.patient(
        name=[{"use": "official", "family": "Example", "given": ["Anna"]}, {"use": "nickname", "given": ["Annie"]}],
        gender="female",
        address=[
            {"use": "old", "text": "Elsewhere"},
            {"line": ["1 High Street"], "city": "Leek", "postalCode": "ST13"},
        ],
        telecom=[{"system": "phone", "value": "01538 496 0000"}],
    )
    [details] = [line for line in lines(known, "status") if "Gender" in line]
    assert details.startswith("Known as Annie; Gender: female; NHS number present and verified; ")
    assert "verified; Address: 1 High Street, Leek, ST13; Telephone 01538 496 0000. " in details
