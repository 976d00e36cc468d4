from datetime import UTC, datetime

import pytest

from service.register import codes
from tests import builders
from tests.fhir.reading import lines, rows, unfit


def decision(consent):
    return [row["decision"] for row in rows(consent, "sharing_decision")]


@pytest.mark.parametrize("code", [None, "882921000000109", "882961000000101", "883001000000106"])
def test_consent_a_best_interests_decision_and_an_attorney_permit_sharing(code):
    assert decision(builders.sharing(code=code)) == ["permitted"]


def test_a_refusal_denies_sharing():
    assert decision(builders.sharing("deny")) == ["denied"]


def test_a_withdrawal_withdraws_sharing():
    assert decision(builders.sharing("deny", code="882941000000102")) == ["withdrawn"]


def test_a_permission_that_was_made_inactive_is_a_withdrawal():
    assert decision(builders.sharing(status="inactive")) == ["withdrawn"]


def test_a_refusal_that_was_made_inactive_permits_nothing():
    assert decision(builders.sharing("deny", status="inactive")) == ["denied"]


@pytest.mark.parametrize(("kind", "decided"), [("permit", ["denied"]), ("deny", [])])
def test_a_rejected_proposal_is_no_permission(kind, decided):
    assert decision(builders.sharing(kind, status="rejected")) == decided


@pytest.mark.parametrize("status", ["draft", "proposed", "entered-in-error"])
def test_what_is_not_decided_decides_nothing(status):
    assert rows(builders.sharing(status=status)) == []


def test_a_decision_counts_from_its_own_time():
    [row] = rows(builders.sharing(dateTime="2025-03-01T10:00:00+01:00"), "sharing_decision")
    assert row["decided_at"] == datetime(2025, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "consent",
    [
        builders.sharing("deny", category=[{"text": "Privacy"}]),
        builders.sharing("deny", scope={"text": "?"}),
        builders.sharing("deny", code="882941000000102", scope={"text": "?"}, category=[{"text": "?"}]),
    ],
    ids=["by scope", "by category", "by code"],
)
def test_a_refusal_is_recognised_by_scope_by_category_and_by_code(consent):
    assert len(decision(consent)) == 1


def test_an_advance_decision_with_the_wrong_scope_is_still_one():
    scope = builders.concept((codes.CONSENT_SCOPE, "patient-privacy"))
    wrong = builders.advance_decision(scope=scope)
    assert (decision(wrong), len(lines(wrong, "advance-decision"))) == ([], 1)


def test_the_basis_of_sharing_is_shown():
    shown = lines(builders.sharing(code="882961000000101", organization=[{"display": "Example Surgery"}]), "consent")
    assert shown == [
        (
            "Sharing of the record is permitted; Best interests decision taken for sharing. "
            "Recorded by Example Surgery on 1 March 2025; last confirmed 1 March 2025"
        )
    ]


def test_sharing_that_is_neither_permitted_nor_denied_is_refused():
    assert unfit(builders.sharing(provision=None)) == ["Consent.provision"]
    assert unfit(builders.sharing(provision={"code": [{"text": "yes"}]})) == ["Consent.provision.type"]


def test_sharing_without_its_date_is_refused():
    assert unfit(builders.sharing(dateTime=None)) == ["Consent.dateTime"]


def test_a_withdrawal_that_permits_is_refused():
    assert unfit(builders.sharing("permit", code="882941000000102")) == ["Consent"]


def test_an_exception_that_would_not_be_honoured_is_refused():
    provision = {"type": "permit", "provision": [{"type": "deny"}]}
    assert unfit(builders.sharing(provision=provision)) == ["Consent.provision.provision"]


def test_an_advance_decision_shows_what_is_refused_and_where_it_is_kept():
    consent = builders.advance_decision("Ventilation", sourceAttachment={"title": "Kitchen drawer"})
    assert rows(consent, "sharing_decision") == []
    assert lines(consent, "advance-decision") == [
        (
            "Advance decision to refuse treatment; Refuses: Ventilation; Document: Kitchen drawer. "
            "Recorded on 1 March 2025; last confirmed 1 March 2025"
        )
    ]


def test_an_advance_decision_that_holds_for_a_time_says_for_which():
    decision = builders.advance_decision()
    decision["provision"]["period"] = {"start": "2025-01-01", "end": "2026-03"}
    assert "; Holds from 1 January 2025 until 31 March 2026" in lines(decision)[0]


def test_a_refusal_of_life_sustaining_treatment_says_so():
    consent = builders.advance_decision(category=[builders.snomed("816321000000109")])
    assert lines(consent)[0].startswith("Advance decision to refuse life-sustaining treatment;")


def test_several_advance_decisions_stand_beside_each_other():
    assert [row["kind"] for row in rows(builders.advance_decision(), "summary_item")] == [""]


@pytest.mark.parametrize("build", [builders.advance_decision, builders.lasting_power])
@pytest.mark.parametrize("status", ["draft", "proposed", "rejected", "inactive", "entered-in-error"])
def test_a_legal_instrument_that_is_not_active_is_not_shown(build, status):
    assert rows(build(status=status)) == []


@pytest.mark.parametrize(
    ("code", "authority"),
    [
        ("816381000000105", "May decide on life-sustaining treatment"),
        ("816361000000101", "May not decide on life-sustaining treatment"),
        ("736366004", "Authority on life-sustaining treatment not stated"),
    ],
)
def test_an_attorney_is_shown_with_their_authority(code, authority):
    assert lines(builders.lasting_power("Ben Example", code=code), "lasting-power-of-attorney")[0].startswith(
        f"Lasting power of attorney for health and welfare: Ben Example; {authority}."
    )


@pytest.mark.parametrize(
    ("changes", "elements"),
    [
        ({"provision": {"type": "permit", "code": [{"text": "Ventilation"}]}}, ["Consent.provision.type"]),
        ({"provision": {"type": "deny"}}, ["Consent.provision.code"]),
        ({"provision": {"type": "deny", "code": [{}]}}, ["Consent.provision.code[0].text"]),
        ({"provision": None}, ["Consent.provision"]),
        ({"provision": None, "status": "entered-in-error"}, []),
    ],
)
def test_an_advance_decision_says_what_is_refused(changes, elements):
    assert unfit(builders.advance_decision(**changes)) == elements


@pytest.mark.parametrize("missing", ["written", "signed", "witnessed"])
def test_a_refusal_of_life_sustaining_treatment_is_written_signed_and_witnessed(missing):
    assert unfit(builders.refusal_of_life_sustaining_treatment()) == []
    informal = [builders.formalities(**{missing: False})]
    assert unfit(builders.refusal_of_life_sustaining_treatment(extension=informal)) == ["Consent"]
    assert unfit(builders.refusal_of_life_sustaining_treatment(extension=informal, status="proposed")) == []


def test_a_refusal_of_life_sustaining_treatment_without_a_word_on_its_form_is_refused():
    assert unfit(builders.refusal_of_life_sustaining_treatment(extension=None)) == ["Consent"]


def test_a_lasting_power_names_the_attorney():
    assert unfit(builders.lasting_power()) == []
    nobody = builders.lasting_power(provision={"type": "permit"})
    assert unfit(nobody) == ["Consent.provision.actor"]
    assert unfit(builders.lasting_power(provision=None)) == ["Consent.provision"]
