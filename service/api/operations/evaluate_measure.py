"""`Measure/[id]/$evaluate-measure`, or `Measure/$evaluate-measure?measure=…`: a report on a day, as a MeasureReport."""

from typing import Final
from urllib.parse import urlencode

from service.api import operation
from service.api.answer import Answer
from service.api.operation import Operation, Parameter, Place
from service.api.server import Call
from service.errors import Issue, NotFound, Unreadable
from service.fhir import codec
from service.reports import evaluation, measure, measure_report
from service.reports.measure import Measure
from service.reports.report import Asked

PARAMETERS: Final = (
    Parameter("measure", "string", "Which measure, by its canonical URL or its id; at type level only"),
    Parameter(
        "periodStart",
        "date",
        "Any day up to periodEnd: the figures are those of the last day, as the period of the report says",
    ),
    Parameter("periodEnd", "date", "The day of the figures; left out, the day at which the register stands"),
    Parameter("reportType", "code", "summary or population, which are the same: no figure is about one person"),
    Parameter("area", "string", "An ODS code of a practice, network, sub-ICB location or ICB", max="*"),
    Parameter("return", "MeasureReport", "The figures, small numbers hidden", 1, "1", "out"),
)
_OF_ONE: Final = tuple(one for one in PARAMETERS if one.name != "measure")
Texts = list[tuple[str, str]]


async def of_measure(call: Call) -> Answer:
    """By the id in the URL."""
    _require(call)
    given = operation.as_texts(await operation.given(call, _OF_ONE))
    return await _answer(call, call.path("id"), given)


async def of_any(call: Call) -> Answer:
    """By the parameter `measure`."""
    _require(call)
    given = operation.as_texts(await operation.given(call, PARAMETERS))
    named = dict(given).get("measure", "")
    if not named:
        message = "Say which measure, by its canonical URL or its id"
        raise Unreadable(message, issues=[Issue("required", message, "measure")])
    return await _answer(call, named, given)


def _require(call: Call) -> None:
    call.by.require("r", "Measure")
    call.by.require("r", "MeasureReport")


async def _answer(call: Call, named: str, given: Texts) -> Answer:
    one = _measure(named)
    asked = measure.asked(
        one,
        on=_period_end(one, dict(given)),
        areas=[value for name, value in given if name == "area"],
        source="register",
        year="",
    )
    if dict(given).get("reportType", "summary") not in ("summary", "population"):
        raise Unreadable("reportType is summary: no figure here is about one person", expression="reportType")
    body = await call.server.in_thread(_report, call, one, asked)
    return Answer(200, body, action="report", resource_type="MeasureReport", query=urlencode(given))


def _measure(named: str) -> Measure:
    """By id, `Measure/id` or canonical URL, which may end in a version. Raises NotFound."""
    found = named.partition("|")[0]
    measures = {one.id: one for one in measure.all_measures().values()}
    for one in measures.values():
        if found in (one.id, f"Measure/{one.id}", one.canonical):
            return one
    raise NotFound(f"There is no measure of that name; there are: {', '.join(measures)}")


def _period_end(one: Measure, given: dict[str, str]) -> str:
    """Raises Unreadable for a day that cannot be read, and for a period that ends before it starts."""
    starts, ends = (
        measure.asked(one, on=given.get(name, ""), areas=(), source="register", year="").on
        for name in ("periodStart", "periodEnd")
    )
    if starts and ends and starts > ends:
        raise Unreadable("The period ends before it starts", expression="periodEnd")
    return given.get("periodEnd", "")


def _report(call: Call, one: Measure, asked: Asked) -> bytes:
    database, settings = call.server.database, call.server.settings
    with database.reading() as session:
        report = evaluation.evaluate(session, one, asked, settings)
    return codec.dumps(measure_report.resource(report, canonical=one.canonical))


EVALUATE_MEASURE = Operation(
    name="evaluate-measure",
    path="Measure/{id}/$evaluate-measure",
    methods=("GET", "POST"),
    handler=of_measure,
    definition="http://hl7.org/fhir/OperationDefinition/Measure-evaluate-measure",
    also=(Place("Measure/$evaluate-measure", ("GET", "POST"), of_any),),
    parameters=PARAMETERS,
    title="A report of the register on a day",
    description=__doc__,
)
