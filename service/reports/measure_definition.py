"""The FHIR Measure that says what a report counts: served openly, and named by each MeasureReport."""

from typing import Final

from service.fhir.resource_type import Body
from service.reports.measure import Measure
from service.reports.measure_report import NOTATION

_SCORING: Final = "http://terminology.hl7.org/CodeSystem/measure-scoring"


def definition(one: Measure, *, version: str) -> Body:
    """The Measure of a report, under the id that ends its canonical URL."""
    measure_id = one.id
    return {
        "resourceType": "Measure",
        "id": measure_id,
        "url": one.canonical,
        "version": version,
        "name": "".join(part.capitalize() for part in measure_id.split("-")),
        "title": one.title,
        "status": "active",
        "experimental": False,
        "publisher": "Heartsease",
        "description": one.sentence,
        "scoring": {"coding": [{"system": _SCORING, "code": "proportion"}]},
        "improvementNotation": {"coding": [{"system": NOTATION, "code": "increase"}]},
    }
