"""`Measure/[id]/$evaluate-measure`, or `Measure/$evaluate-measure?measure=…`: a report as a MeasureReport.

Every report is kept before it leaves, and carries the id by which it can be shown again. Of their own organisation
callers may ask for exact figures (`own`) and for the people behind them (reportType `subject-list`), each of whom the
audit names.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from service.api import operation
from service.api.answer import Answer, by_person
from service.api.operation import Given, Operation, Parameter, Place
from service.api.server import Call
from service.errors import Forbidden, Issue, NotFound, Unreadable
from service.fhir import codec
from service.reports import evaluation, measure, measure_report, periods, snapshots, subjects
from service.reports.measure import Measure
from service.reports.report import Asked, Period
from service.reports.subjects import Subject

SUBJECT_LIST: Final = "subject-list"
REPORT_TYPES: Final = ("summary", "population", SUBJECT_LIST)
PARAMETERS: Final = (
    Parameter("measure", "string", "Which measure, by its canonical URL or its id; at type level only"),
    Parameter(
        "periodStart",
        "date",
        "With periodEnd, the month, quarter, year or three years whose deaths are counted. A measure of people on a "
        "day tells of the last day, as the period of the report says",
    ),
    Parameter("periodEnd", "date", "The last day; left out, that of the latest whole period, or today's register"),
    Parameter(
        "reportType",
        "code",
        "summary or population, which are the same; or subject-list, which names people of the caller's own practice",
    ),
    Parameter("area", "string", "An ODS code of a practice, network, sub-ICB location or ICB", max="*"),
    Parameter("by", "code", "What to split the figures by, a code of CodeSystem/report-split"),
    Parameter("own", "string", "The ODS code of the caller's own practice: it alone, with nothing hidden"),
    Parameter("return", "MeasureReport", "The figures, small numbers hidden", 1, "1", "out"),
)
_OF_ONE: Final = tuple(one for one in PARAMETERS if one.name != "measure")
_OF_ONE_PERSON: Final = ("subject", "practitioner", "lastReceivedOn")
"""Parameters of R4 that are not taken."""

Texts = list[tuple[str, str]]


async def of_measure(call: Call) -> Answer:
    """By the id in the URL."""
    _require(call)
    given = _understood(await operation.sent(call), _OF_ONE)
    return await _answer(call, call.path("id"), given)


async def of_any(call: Call) -> Answer:
    """By the parameter `measure`."""
    _require(call)
    given = _understood(await operation.sent(call), PARAMETERS)
    named = dict(given).get("measure", "")
    if not named:
        message = "Say which measure, by its canonical URL or its id"
        raise Unreadable(message, issues=[Issue("required", message, "measure")])
    return await _answer(call, named, given)


def _require(call: Call) -> None:
    call.by.require("r", "Measure")
    call.by.require("r", "MeasureReport")


def _understood(sent: Given, taken: Sequence[Parameter]) -> Texts:
    """Raises Unreadable for what is not taken: first of all for a report on one person."""
    for name in _OF_ONE_PERSON:
        if name in dict(sent):
            message = f"Reports are of practices and areas: leave {name} out, and name an area or own"
            raise Unreadable(message, issues=[Issue("not-supported", message, name)])
    return operation.as_texts(operation.checked(sent, tuple(taken)))


async def _answer(call: Call, named: str, given: Texts) -> Answer:
    one, values = _measure(named), dict(given)
    report_type = values.get("reportType", REPORT_TYPES[0])
    if report_type not in REPORT_TYPES:
        raise Unreadable(f"reportType is one of: {', '.join(REPORT_TYPES)}", expression="reportType")
    names_people = report_type == SUBJECT_LIST
    if names_people and one.evaluate:
        raise Unreadable("This measure compares groups and lists nobody: ask for a summary", expression="reportType")
    if one.evaluate and not values.get("by"):
        message = "This measure is made of every other one, split: say by which, as all splits take minutes"
        raise Unreadable(message, issues=[Issue("required", message, "by")])
    areas = [value for name, value in given if name == "area"]
    own = _own(call, values.get("own", ""), areas, names_people=names_people)
    period = _period(one, values.get("periodStart", ""), values.get("periodEnd", ""))
    asked = measure.asked(
        one, on=values.get("periodEnd", ""), areas=areas, period=period, by=values.get("by", ""), own=own
    )
    body, people = await call.server.in_thread(_report, call, one, asked, names_people=names_people)
    disclosed = by_person((each.person_pk, f"Patient/{each.patient_id}") for each in people)
    query = urlencode(given)
    return Answer(200, body, action="report", resource_type="MeasureReport", people=disclosed, query=query)


def _measure(named: str) -> Measure:
    """By id, `Measure/id` or canonical URL, which may end in a version. Raises NotFound."""
    found = named.partition("|")[0]
    measures = {one.id: one for one in measure.all_measures().values()}
    for one in measures.values():
        if found in (one.id, f"Measure/{one.id}", one.canonical):
            return one
    raise NotFound(f"There is no measure of that name; there are: {', '.join(measures)}")


def _own(call: Call, own: str, areas: Sequence[str], *, names_people: bool) -> str:
    """The practice that is told of alone, if any. Raises Forbidden for one that is not the caller's own."""
    if not (own or names_people):
        return ""
    asked = own or call.by.organisation
    if not asked or asked != call.by.organisation or set(areas) - {asked}:
        raise Forbidden("People, and figures of which nothing is hidden, are told to their own practice only")
    call.by.require("r", "Patient")
    return asked


def _period(one: Measure, starts: str, ends: str) -> str:
    """The name of the period, "" where none is asked for. Raises Unreadable for one that is not reported."""
    first, last = (measure.asked(one, on=day).on for day in (starts, ends))
    if first and last and first > last:
        raise Unreadable("The period ends before it starts", expression="periodEnd")
    if one.population.is_stock or not first:
        return ""
    for period in Period:
        if last and (first, periods.last_whole_month(last)) == (periods.starts(last, period.months), last):
            return period.value
    raise Unreadable(
        "The period is one, three, twelve or thirty-six months, from the first day of a month to the last of one",
        expression="periodStart",
    )


def _report(call: Call, one: Measure, asked: Asked, *, names_people: bool) -> tuple[bytes, tuple[Subject, ...]]:
    """The MeasureReport, and whom it names."""
    database, settings = call.server.database, call.server.settings
    with database.reading() as session:
        report = evaluation.evaluate(session, one, asked, settings)
        people = subjects.of(session, one, asked, settings, by=call.by) if names_people else ()
    with database.transaction() as session:
        report = snapshots.kept(session, report)
    named = subjects.by_part(one, people) if names_people else None
    made = measure_report.resource(report, canonical=one.canonical, subjects=named, reporter=asked.own)
    return codec.dumps(made), people


EVALUATE_MEASURE = Operation(
    name="evaluate-measure",
    path="Measure/{id}/$evaluate-measure",
    methods=("GET", "POST"),
    handler=of_measure,
    definition="http://hl7.org/fhir/OperationDefinition/Measure-evaluate-measure",
    also=(Place("Measure/$evaluate-measure", ("GET", "POST"), of_any),),
    parameters=PARAMETERS,
    title="A report of the register",
    description=__doc__,
)
