"""Which pictures a report has: from invented reports, as they are after disclosure control."""

from datetime import date

from service.reports.disclosure_profile import HIDDEN
from service.reports.report import Figure, Kind, Level, Point, Report, Row, Shown
from service.web.pictures import chosen
from service.web.pictures.pictured import Compared
from tests.web import drawn

DEATHS = Shown("deaths", "Deaths", Kind.COUNT)
FOUND = Shown("at-least-1", "On the register", Kind.PROPORTION, of="deaths", better="higher", trend=True)


def share(part, count, of):
    if count is HIDDEN:
        return Figure(part, HIDDEN, of, HIDDEN, HIDDEN, HIDDEN)
    return Figure(part, count, of, round(count / of, 5), 0.0, 1.0)


def a_report(rows, trend=(), parts=(DEATHS, FOUND), **given):
    return Report("on-register-at-death", "M3", "Title", "1", "register", date(2025, 4, 1), date(2026, 3, 31), (),
                  given.pop("period", "year"), given.pop("split", ""), "nhs-digital", parts,
                  rows=tuple(rows), trend=tuple(trend), **given)  # fmt: skip


def a_practice(at, count, of=100):
    return Row(Level.PRACTICE, f"Z990{at:02}", f"Surgery {at}", (Figure("deaths", of), share("at-least-1", count, of)))


def everybody(count=300, of=1000):
    return Row(Level.ALL, "", "All", (Figure("deaths", of), share("at-least-1", count, of)))


def headings(report):
    return [each.heading for each in chosen.of(report, "x")]


def test_practices_are_in_a_funnel_around_the_share_of_all_and_hidden_ones_are_not():
    rows = [everybody(), *(a_practice(at, 30) for at in range(8)), a_practice(9, HIDDEN)]
    (found,) = chosen.of(a_report(rows), "x")
    element = drawn.svg(found.picture)
    assert "Surgery 7 (Z99007): 30 of 100, 30.0%" in " ".join(drawn.titles(element))
    assert "Z99009" not in drawn.texts(element) + " ".join(drawn.titles(element))
    assert "1 of 9 practices are not drawn: hidden, or nothing returned." in found.notes
    assert "all together: 30.0%" in [key.text for key in found.picture.frame.keys]


def test_where_most_practices_are_hidden_there_is_no_funnel_of_the_large_ones():
    rows = [everybody(), *(a_practice(at, 30) for at in range(5)), *(a_practice(10 + at, HIDDEN) for at in range(8))]
    assert headings(a_report(rows)) == []


def months(*counts):
    return [
        Point(
            date(2024 + at // 12, at % 12 + 1, 1),
            date(2024 + at // 12, at % 12 + 1, 28),
            (Figure("deaths", 100), share("at-least-1", count, 100)),
        )
        for at, count in enumerate(counts)
    ]


def test_months_of_deaths_have_limits_signals_and_icons():
    trend = months(*[30, 31, 29, 30] * 4, 70)
    (found,) = chosen.of(a_report([everybody()], trend), "x", Compared(target=0.9))
    assert found.picture.limits
    assert [icon.letter for icon in found.icons] == ["H", "F"]
    assert "target: 90.0%" in [key.text for key in found.picture.frame.keys]


def test_few_months_have_provisional_limits_and_no_icon():
    (found,) = chosen.of(a_report([everybody()], months(30, 31, HIDDEN, 29)), "x")
    assert not found.icons
    assert any("fewer than twelve" in note for note in found.notes)
    assert len(found.picture.marks) == 3


def test_days_of_a_register_have_no_limits_and_a_sentence_says_why():
    (found,) = chosen.of(a_report([everybody()], months(30, 31, 32), period="day"), "x")
    assert (found.picture.limits, found.icons) == ((), ())
    assert any(note.startswith("No limits are drawn") for note in found.notes)


def test_groups_have_bars_and_hidden_ones_say_so():
    groups = [("1", 30), ("2", 40), ("3", HIDDEN)]
    rows = [
        Row(Level.ALL, "", "All", (Figure("deaths", 100), share("at-least-1", count, 100)), group=name)
        for name, count in groups
    ]
    (found,) = chosen.of(a_report(rows, split="deprivation"), "x")
    assert found.heading == "On the register, by deprivation of the practice"
    assert [bar.figures for bar in found.picture.bars][-1] == "hidden"


def test_nested_parts_make_a_curve_to_death():
    parts = (DEATHS, *(Shown(f"at-least-{days}", f"{days} days", Kind.PROPORTION, of="deaths") for days in (1, 28, 90)))
    figures = (Figure("deaths", 100), *(share(part.code, 90 - at * 20, 100) for at, part in enumerate(parts[1:])))
    found = headings(a_report([Row(Level.ALL, "", "All", figures)], parts=parts))
    assert found == ["How long before death people were on the register"]


def test_preferences_flow_to_outcomes_and_what_is_missing_is_bounded():
    codes = {"compared": ("deaths", 50), "place-not-known": ("deaths", HIDDEN), "not-asked": ("deaths", 40),
             "first-choice": ("compared", 30), "second-choice": ("compared", 0), "elsewhere": ("compared", 20),
             "if-missing-not-met": ("x", 30), "if-missing-met": ("x", 80)}  # fmt: skip
    parts = (DEATHS, *(Shown(code, code, Kind.PROPORTION, of=of) for code, (of, _) in codes.items()))
    figures = (Figure("deaths", 100), *(share(code, count, 100) for code, (_, count) in codes.items()))
    found = chosen.of(a_report([Row(Level.ALL, "", "All", figures)], parts=parts), "x")[0]
    assert found.heading == "From preference to place of death"
    assert [stop.figure for stop in found.picture.begins] == ["50 and *", "40"]
    assert [stop.figure for stop in found.picture.ends] == ["30", "20", "*", "40"]
    assert found.notes[0].endswith("Were all that is missing not met, it would be 30.0%; were it all met, 80.0%.")


def test_a_report_without_rows_has_no_picture():
    assert headings(a_report([])) == []
