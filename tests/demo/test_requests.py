from service.demo import requests
from service.demo.area import END
from service.fhir import validation
from service.fhir.resource_type import all_types


def test_the_registration_is_a_transaction_of_about_a_dozen_valid_resources(small_story):
    bundle = requests.registration(small_story)
    resources = [entry["resource"] for entry in bundle["entry"]]

    assert bundle["type"] == "transaction"
    assert 11 <= len(resources) <= 14
    for resource in resources:
        assert [*validation.issues(resource), *all_types()[resource["resourceType"]].rules(resource)] == []


def test_every_entry_says_how_to_find_what_was_sent_before(small_story):
    entries = requests.registration(small_story)["entry"]
    conditions = [entry["request"]["ifNoneExist"] for entry in entries]

    assert conditions[0].startswith("identifier=https://fhir.nhs.uk/Id/nhs-number|999")
    assert all(condition.startswith(f"identifier={requests.SENDER}|") for condition in conditions[1:])
    assert len(set(conditions)) == len(conditions)


def test_references_within_the_bundle_go_by_its_own_addresses(small_story):
    entries = requests.registration(small_story)["entry"]
    addresses = {entry["fullUrl"] for entry in entries}
    patient = entries[0]["fullUrl"]

    about = [entry["resource"].get("subject") or entry["resource"].get("patient") for entry in entries[1:]]

    assert all(reference["reference"] == patient for reference in about)
    assert all(address.startswith("urn:uuid:") for address in addresses)
    assert not any("id" in entry["resource"] for entry in entries)


def test_the_newcomer_is_nobody_of_the_story(small_story):
    number = requests.registration(small_story)["entry"][0]["resource"]["identifier"][0]["value"]

    assert number not in {person.nhs_number for person in small_story.people}


def test_the_question_is_about_somebody_in_full_who_shares_and_is_on_the_register(small_story):
    asked = requests.asked_about(small_story)

    assert asked.in_full
    assert asked.is_shared
    assert asked.is_on_register(END)
    assert requests.ask(small_story)["parameter"][0]["valueIdentifier"]["value"] == asked.nhs_number
