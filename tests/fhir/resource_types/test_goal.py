import pytest

from tests import builders
from tests.fhir.reading import lines, rows, unfit


def test_a_goal_stands_among_what_matters_with_whose_it_is():
    own = builders.goal(expressedBy=builders.reference("Patient/anna"))
    assert lines(own, "what-matters") == [
        "Goal: To see the garden in spring; Expressed by the person. Recorded on 2 March 2026"
    ]
    set_by_others = builders.goal(expressedBy={"display": "Dr A Brook"})
    assert "Expressed by Dr A Brook" in lines(set_by_others)[0]


@pytest.mark.parametrize(("status", "said"), [("proposed", "Proposed, not yet agreed"), ("on-hold", "On hold")])
def test_a_goal_that_is_not_pursued_yet_or_for_now_says_so(status, said):
    assert said in lines(builders.goal(lifecycleStatus=status))[0]


@pytest.mark.parametrize("status", ["completed", "cancelled", "rejected", "entered-in-error"])
def test_a_goal_that_is_over_is_not_shown(status):
    assert rows(builders.goal(lifecycleStatus=status)) == []


def test_a_goal_is_due_for_review_when_its_author_says():
    [row] = rows(builders.goal(extension=builders.review_on("2026-06-01")))
    assert row["review_on"].isoformat() == "2026-06-01"


def test_a_goal_without_words_is_refused():
    wordless = {"extension": [{"url": "https://example.org/drawing", "valueString": "a garden"}]}
    assert unfit(builders.goal(description=wordless)) == ["Goal"]
    assert unfit(builders.goal(description=wordless, lifecycleStatus="entered-in-error")) == []
