from datetime import UTC, date, datetime
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from service.fhir import narrative
from service.fhir.narrative import Line

AT = datetime(2025, 5, 3, tzinfo=UTC)
ON = date(2025, 5, 3)


def written(what="Not for attempted CPR", **changes):
    return _written(Line("cpr", what, AT, **changes))


def _written(line):
    """As it stands when nobody is known to have sent it."""
    return narrative.signed(narrative.narrative(line), "")


def test_a_line_says_what_and_who_and_when_and_until_when():
    line = written(by="Dr A Brook", recorded_on=ON, confirmed_on=ON, review_on=date(2025, 8, 3))
    assert line == (
        "Not for attempted CPR. Recorded by Dr A Brook on 3 May 2025; "
        "last confirmed 3 May 2025; review due 3 August 2025"
    )


def test_a_line_without_a_recorder_says_when_only():
    assert written(recorded_on=ON) == "Not for attempted CPR. Recorded on 3 May 2025"


def test_a_line_without_any_provenance_is_the_fact_alone():
    assert written("Died on 3 May 2025") == "Died on 3 May 2025."


def test_a_full_stop_is_not_doubled():
    assert written("As she said.", recorded_on=ON).startswith("As she said. Recorded")


def test_mark_up_is_shown_as_it_was_typed():
    assert written("<script>alert('x')</script> & co") == "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; co."


def test_the_recorder_is_escaped_too():
    assert "<b>" not in written(by="<b>Dr</b>", recorded_on=ON)


@given(st.text(max_size=40), st.text(max_size=20))
def test_whatever_was_typed_is_well_formed_xhtml_that_holds_no_element(what, by):
    parsed = ElementTree.fromstring(f"<li>{written(what, by=by, recorded_on=ON)}</li>")
    assert len(parsed) == 0


def test_lines_of_one_resource_are_numbered_in_their_order():
    rows = narrative.rows([Line("people", "one", AT), Line("people", "two", AT)])
    assert [(row["position"], row["narrative"]) for _, row in rows] == [(0, "one."), (1, "two.")]


def test_a_line_that_was_not_issued_counts_as_issued_when_it_takes_effect():
    assert narrative.rows([Line("people", "one", AT)])[0][1]["issued_at"] == AT


def test_a_line_without_an_author_names_the_organisation_that_sent_it():
    line = Line("cpr", "Not for attempted CPR", datetime(2025, 5, 3, tzinfo=UTC), recorded_on=date(2025, 5, 3))
    told = narrative.signed(narrative.narrative(line), "Y<99001")
    assert told == "Not for attempted CPR. Recorded by Y&lt;99001 on 3 May 2025"


def test_a_line_with_an_author_keeps_it():
    line = Line("cpr", "x", datetime(2025, 5, 3, tzinfo=UTC), by="Dr \0 Brook", recorded_on=date(2025, 5, 3))
    assert narrative.signed(narrative.narrative(line), "Y99001") == "x. Recorded by Dr \ufffd Brook on 3 May 2025"
