"""`Measure/register-prevalence/$evaluate-measure`: the identification report on a day, as a MeasureReport."""

from typing import Any
from urllib.parse import urlencode

from service.api import requests
from service.api.operation import Operation
from service.api.server import Answer, Call
from service.errors import Unreadable
from service.fhir import codec
from service.fhir.resource_type import Body
from service.reports import measure, measure_report
from service.reports.measure import Asked

_TAKEN = ("periodStart", "periodEnd", "reportType", "area")


async def answer(call: Call) -> Answer:
    call.by.require("r", "Measure")
    call.by.require("r", "MeasureReport")
    given = await _parameters(call)
    asked = measure.asked(
        measure.named("identification"),
        on=next((value for name, value in given if name == "periodEnd"), ""),
        areas=[value for name, value in given if name == "area"],
        source="register",
        year="",
    )
    body = await call.server.in_thread(_report, call, asked)
    return Answer(200, body, action="report", resource_type="MeasureReport", query=urlencode(given))


def _report(call: Call, asked: Asked) -> bytes:
    database, settings = call.server.database, call.server.settings
    with database.reading() as session:
        report = measure_report.measure_report(session, on=asked.on, settings=settings, areas=asked.areas)
    return codec.dumps(report)


async def _parameters(call: Call) -> list[tuple[str, str]]:
    """Names and values, from the URL or from a Parameters body. Raises Unreadable for one that is not taken."""
    given = requests.query(call.request)
    if call.request.method == "POST":
        given += _in_body(await requests.resource(call.request, limit=100_000))
    for name, _ in given:
        if name not in (*_TAKEN, "_format", "_pretty"):
            raise Unreadable(f"This operation takes {', '.join(_TAKEN)}")
    if any(name == "reportType" and value not in ("summary", "population") for name, value in given):
        raise Unreadable("reportType is summary: no figure here is about one person", expression="reportType")
    return given


def _in_body(parameters: Body) -> list[tuple[str, str]]:
    listed: Any = parameters.get("parameter", [])
    if parameters.get("resourceType") != "Parameters" or not isinstance(listed, list):
        raise Unreadable("Send Parameters", expression="Parameters")
    return [
        (str(part.get("name")), value)
        for part in listed
        if isinstance(part, dict)
        for kind, value in part.items()
        if kind.startswith("value") and isinstance(value, str)
    ]


EVALUATE_MEASURE = Operation(
    name="evaluate-measure",
    path="Measure/register-prevalence/$evaluate-measure",
    methods=("GET", "POST"),
    handler=answer,
    definition="http://hl7.org/fhir/OperationDefinition/Measure-evaluate-measure",
)
