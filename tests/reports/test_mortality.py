import pytest

from service.reports.mortality import Mortality

RATES = {(sex, age): rate for sex in ("female", "male") for age, rate in enumerate((0.1, 0.2, 0.4, 0.5))}


def test_the_rate_of_a_band_is_weighed_by_how_many_people_of_england_are_of_each_age():
    england = {("female", 0): 300, ("female", 1): 100, ("female", 2): 50, ("female", 90): 10}
    rates = Mortality(RATES | {("female", age): 0.5 for age in range(3, 101)}, england)
    assert dict(rates.of_bands("female", [0, 2]))[0] == pytest.approx((300 * 0.1 + 100 * 0.2) / 400)


def test_without_a_population_it_is_weighed_by_the_years_that_the_life_table_lives_at_each_age():
    rates = Mortality(RATES, {})
    alive = [1, 1 - 0.1 / 1.05]
    alive.append(alive[1] * (1 - 0.2 / 1.1))
    lived = [(alive[0] + alive[1]) / 2, (alive[1] + alive[2]) / 2]
    expected = (lived[0] * 0.1 + lived[1] * 0.2) / sum(lived)
    assert dict(rates.of_bands("male", [0, 2]))[0] == pytest.approx(expected)


def test_the_last_band_is_open_and_an_age_beyond_the_table_has_the_rate_of_its_last():
    assert list(Mortality(RATES, {}).of_bands("male", [3, 7])) == [(3, 0.5), (7, 0.5)]


def test_england_has_as_many_expected_deaths_by_bands_as_by_single_years():
    gompertz = {(sex, age): 0.00003 * 1.1**age for sex in ("female", "male") for age in range(101)}
    people = {("female", age): 700_000 - 7_000 * age for age in range(91)}
    rates = Mortality(gompertz, people)

    def deaths(youngest: list[int]) -> float:
        bands = zip(youngest, [*youngest[1:], 91], strict=True)
        counts = {start: sum(people["female", age] for age in range(start, end)) for start, end in bands}
        return sum(counts[age] * rate for age, rate in rates.of_bands("female", youngest))

    assert deaths(list(range(0, 91, 5))) == pytest.approx(deaths(list(range(91))))
