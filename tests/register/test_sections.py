import json

from service.register import sections


def test_the_summary_has_fifteen_sections_with_the_status_first_and_consent_last():
    assert (len(sections.ALL), sections.ALL[0].key, sections.ALL[-1].key) == (15, "status", "consent")


def test_what_binds_stands_before_what_is_wished():
    order = [section.key for section in sections.ALL]
    assert order.index("advance-decision") < order.index("cpr") < order.index("place-of-death")


def test_the_sections_are_numbered_in_their_order():
    assert [section.order for section in sections.ALL] == list(range(1, 16))


def test_a_section_without_a_standard_heading_names_no_system():
    assert all(bool(section.system) == bool(section.heading) for section in sections.ALL)


def test_the_headings_are_those_of_uk_core(reference_dir):
    path = reference_dir / "ukcore" / "CodeSystem" / "CodeSystem-UKCore-RecordStandardHeadings.json"
    known = _codes(json.loads(path.read_text())["concept"])
    assert {section.heading for section in sections.ALL} - {""} <= known


def _codes(concepts):
    return {code for each in concepts for code in (each["code"], *_codes(each.get("concept", [])))}
