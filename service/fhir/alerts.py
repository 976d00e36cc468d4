"""Writes the Flags that the register raises (FHIR.md §6.2: derived, read-only): what each says, and from what.

`flag-detail` leads to what an alert follows from as it stands, `epaccs-derived-from` to the version that was read.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from service.fhir import dates, elements
from service.fhir.resource_type import Body
from service.fhir.resource_types import consent
from service.register import alerts, nhs_number, words
from service.register.alerts import Alert

_DETAIL: Final = "http://hl7.org/fhir/StructureDefinition/flag-detail"
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/flag-category"
_DATED: Final[Mapping[str, tuple[str, ...]]] = {
    "EpisodeOfCare": ("period", "start"),
    "Observation": ("effectiveDateTime",),
    "Consent": ("dateTime",),
}
"""Since when that holds from which an alert follows."""


def flag(alert: Alert, sources: Sequence[Body], *, patient_id: str, number: str, at: datetime) -> Body:
    """The Flag of a person that follows from these resources, as they were kept; `number` is the NHS number."""
    since = [elements.text_at(source, *_DATED[source["resourceType"]]) for source in sources]
    begun = min(filter(None, since), default="", key=lambda text: elements.instant(text) or at)
    return {
        "resourceType": "Flag",
        "meta": {"profile": [alerts.PROFILE]},
        "extension": [
            *({"url": _DETAIL, "valueReference": {"reference": _reference(source)}} for source in sources),
            *(_derived_from(source, at) for source in sources),
        ],
        "status": "active",
        "category": [{"coding": [{"system": _CATEGORY, "code": alert.category}]}],
        "code": {"coding": [_coding(alert, sources)], "text": _text(alert, [elements.day(text) for text in since])},
        "subject": {
            "reference": f"Patient/{patient_id}",
            "identifier": {"system": nhs_number.SYSTEM, "value": number},
        },
        **({"period": {"start": begun}} if begun else {}),
    }


def derived_from(flag: Body) -> set[str]:
    """The versions from which a Flag was derived, such as "Consent/1/_history/2"."""
    found = [each for each in elements.all_of(flag, "extension") if each.get("url") == alerts.DERIVED_FROM]
    return {elements.text_at(elements.extension(each, "source"), "valueReference", "reference") for each in found}


def version_of(source: Body) -> str:
    """The reference to a resource as it was kept, with its version."""
    return f"{_reference(source)}/_history/{source['meta']['versionId']}"


def _reference(source: Body) -> str:
    return f"{source['resourceType']}/{source['id']}"


def _derived_from(source: Body, at: datetime) -> dict[str, Any]:
    return {
        "url": alerts.DERIVED_FROM,
        "extension": [
            {"url": "source", "valueReference": {"reference": version_of(source)}},
            {"url": "at", "valueInstant": dates.instant(at)},
        ],
    }


def _coding(alert: Alert, sources: Sequence[Body]) -> dict[str, str]:
    said = {key for source in sources for key in consent.codes_of(source)}
    code = next((code for code in alert.or_codes if code.key in said), alert.code)
    return {"system": code.system, "code": code.code, "display": code.display}


def _text(alert: Alert, days: Sequence[date | None]) -> str:
    """`Not for attempted CPR. Derived by the register from the decision of 3 May 2025; read the decision itself …`."""
    dated = [f"the {alert.cause} {f'of {words.day(day)}' if day else 'without a date'}" for day in days]
    from_ = " and ".join(dict.fromkeys(dated))
    itself = f"the {alert.cause} itself" if len(days) == 1 else "these themselves"
    return f"{alert.says}. Derived by the register from {from_}; read {itself} before acting on it"
