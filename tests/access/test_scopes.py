from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access import scopes
from service.errors import Invalid


def test_a_v2_scope_gives_one_permission_for_each_letter():
    assert scopes.parse("system/Observation.rs") == {("Observation", "r"), ("Observation", "s")}


@pytest.mark.parametrize(("v1", "v2"), [("read", "rs"), ("write", "cud"), ("*", "cruds")])
def test_a_v1_scope_means_what_smart_says_in_v2(v1, v2):
    assert scopes.parse(f"system/Patient.{v1}") == scopes.parse(f"system/Patient.{v2}")


def test_scopes_are_written_as_v2_and_sorted():
    assert (
        scopes.text(scopes.parse("system/Patient.write system/CarePlan.read"))
        == "system/CarePlan.rs system/Patient.cud"
    )


def test_what_a_star_allows_is_not_written_again():
    assert (
        scopes.text(scopes.parse("system/*.rs system/Patient.rs system/Consent.cr")) == "system/*.rs system/Consent.c"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "system/Observation",
        "system/Observation.",
        "system/Observation.sr",
        "system/Observation.rr",
        "system/Observation.x",
        "system/observation.r",
        "patient/Observation.r",
        "user/Observation.r",
        "system/Observation.rs?category=vital-signs",
        "openid",
        "system/*",
        "*",
        "system/Pa tient.r",
        "system/Patient.r,system/Consent.r",
        " ".join(f"system/Type{'A' * n}.r" for n in range(scopes.MOST + 1)),
    ],
)
def test_a_scope_that_is_not_understood_is_refused(text):
    with pytest.raises(Invalid):
        scopes.parse(text)


def test_the_refusal_says_which_scope_and_repeats_none():
    with pytest.raises(Invalid, match="Scope 2 of 2") as refused:
        scopes.parse("system/Patient.r <script>")
    assert "script" not in refused.value.message


def test_only_what_is_allowed_is_granted():
    asked, allowed = scopes.parse("system/Patient.cruds system/Consent.r"), scopes.parse("system/Patient.rs")
    assert scopes.text(scopes.granted(asked, allowed)) == "system/Patient.rs"


def test_a_star_that_is_allowed_grants_the_type_asked_for():
    assert (
        scopes.text(scopes.granted(scopes.parse("system/Patient.cr"), scopes.parse("system/*.rs")))
        == "system/Patient.r"
    )


def test_a_star_that_is_asked_for_is_granted_as_the_types_allowed():
    allowed = scopes.parse("system/Patient.rs system/Consent.c")
    assert scopes.text(scopes.granted(scopes.parse("system/*.rs"), allowed)) == "system/Patient.rs"


PERMISSIONS = st.frozensets(
    st.tuples(st.sampled_from(["*", "Patient", "Consent", "Measure"]), st.sampled_from("cruds")), min_size=1
)


@given(PERMISSIONS)
def test_what_is_written_reads_back_the_same(permissions):
    written = scopes.text(permissions)
    assert scopes.text(scopes.parse(written)) == written


def _may(permissions, type_name, letter):
    return (type_name, letter) in permissions or ("*", letter) in permissions


@given(PERMISSIONS, PERMISSIONS)
def test_granted_is_what_both_sides_say(asked, allowed):
    granted = scopes.granted(asked, allowed)
    for type_name in ("Patient", "Consent", "Measure", "Device"):
        for letter in scopes.LETTERS:
            both = _may(asked, type_name, letter) and _may(allowed, type_name, letter)
            assert _may(granted, type_name, letter) == both


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with suppress(Invalid):
        assert scopes.parse(text)
