"""The splits: which of the groups, by the words in which reports name them, a person is in."""

from collections.abc import Callable
from datetime import date

from tests.journeys.recomputed.area import Area
from tests.journeys.recomputed.records import Person

Group = Callable[[Area, Person, date], str]


def _age_band(area: Area, person: Person, on: date) -> str:
    age = person.age(on)
    return "Under 65" if age < 65 else "65 to 74" if age < 75 else "75 to 84" if age < 85 else "85 and over"


def _fifth(area: Area, person: Person, on: date) -> str:
    return FIFTHS[area.fifth(person.practice(on))]


def _worded(words: dict[str, str], known: Callable[[Person], str]) -> Group:
    return lambda area, person, on: words[known(person)]


FIFTHS = {
    "1": "1, most deprived fifth of practices",
    **{fifth: fifth for fifth in "234"},
    "5": "5, least deprived fifth of practices",
    "not-recorded": "No score loaded",
}
_NOT_RECORDED = {"not-recorded": "Not recorded"}
SPLITS: dict[str, Group] = {
    "age-band": _age_band,
    "sex": _worded({"female": "Female", "male": "Male", "other": "Other"}, lambda person: person.gender),
    "deprivation": _fifth,
    "ethnicity": _worded(
        {
            "white": "White",
            "mixed": "Mixed",
            "asian": "Asian or Asian British",
            "black": "Black or Black British",
            "other": "Other ethnic group",
            "not-stated": "Not stated",
            **_NOT_RECORDED,
        },
        Person.ethnicity,
    ),
    "language": _worded({"english": "English", "other": "Another language", **_NOT_RECORDED}, Person.language),
    "diagnosis-group": _worded(
        {
            "cancer": "Cancer",
            "organ-failure": "Organ failure",
            "dementia-frailty": "Dementia or frailty",
            "neurological": "Neurological",
            "other": "Other diagnosis",
            **_NOT_RECORDED,
        },
        Person.diagnosis_group,
    ),
    "residence": _worded({"care-home": "Care home", "private": "Private home", **_NOT_RECORDED}, Person.residence),
    "learning-disability": _worded(
        {"yes": "Learning disability", "no": "None recorded"},
        lambda person: "yes" if person.has_learning_disability else "no",
    ),
}
