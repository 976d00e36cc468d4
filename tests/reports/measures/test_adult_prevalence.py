from service import db
from service.register.organisations import ListByAge
from service.reports.report import Figure
from tests.reports import reading
from tests.reports.invented import LISTED_ON, ON, Area
from tests.reports.lives import lived


def adults(area: Area) -> Figure:
    made = reading.report(area.database, "identification-of-adults", on=ON)
    return reading.figure(made, "Z99001", "adults-on-register")


def test_adults_are_counted_over_the_adults_of_the_list(area: Area) -> None:
    lived(area, people=20, born_on="1940-05-06")
    lived(area, people=8, born_on="2005-04-01")  # eighteen on the next day
    listed = {"practice_code": "Z99001", "on": LISTED_ON, "sex": "female", "patients": 1_000, "source": ""}
    with area.database.transaction() as session:
        db.insert_many(session, {db.table(ListByAge): [{**listed, "age": age} for age in (17, 18, 90)]})
    found = adults(area)
    assert (found.count, found.of, found.value) == (20, 2_000, 0.01)


def test_where_no_list_tells_ages_adults_are_counted_and_no_share_is_made(area: Area) -> None:
    lived(area, people=20)
    found = adults(area)
    assert (found.count, found.of, found.value) == (20, None, None)
