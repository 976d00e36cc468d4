"""Every report that leaves is kept once, so that any number of it can be shown again, in every format.

Kept is what left: small numbers are hidden already. The id is made of the content, so the same report has the same id
wherever and however often it is asked for. A field of a report is only ever added, with a value for those that were
kept before there was one: else they could not be read any more.
"""

import contextlib
import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service import clock
from service.errors import NotFound
from service.reports.disclosure_profile import OWN
from service.reports.models import ReportSnapshot
from service.reports.report import Report

_UNKNOWN: Final = "There is no report with this id: it is the 20 letters and digits that stand below a report"
_ID_LENGTH: Final = 20
"""Hexadecimal digits of SHA-256: 80 bits, so that no two reports meet."""


def kept(session: Session, report: Report) -> Report:
    """The report with its id, once it is kept."""
    content = written(report)
    named = replace(report, snapshot=id_of(content))
    if session.get(ReportSnapshot, named.snapshot) is None:
        kept_now = ReportSnapshot(id=named.snapshot, made_at=clock.now(), measure=report.measure, content=content)
        # Another process may keep the same one at this moment.
        with contextlib.suppress(IntegrityError), session.begin_nested():
            session.add(kept_now)
    return named


def read_published(session: Session, snapshot: str) -> Report:
    """The report as it left, unless it was for one organisation alone. Raises NotFound for either."""
    found = read(session, snapshot)
    if found.profile == OWN.name:
        raise NotFound(_UNKNOWN)
    return found


def read(session: Session, snapshot: str) -> Report:
    """The report as it left. Raises NotFound."""
    found = session.get(ReportSnapshot, snapshot) if re.fullmatch("[0-9a-f]{20}", snapshot, re.ASCII) else None
    if found is None:
        raise NotFound(_UNKNOWN)
    return replace(_reports().validate_json(found.content), snapshot=found.id)


def written(report: Report) -> str:
    """The report without its id, in one spelling: names in order, no blanks."""
    told = plain(replace(report, snapshot=""))
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(report: Report) -> dict[str, Any]:
    """The report in JSON's types: `"*"` for a figure that is hidden, null where there is none."""
    found: dict[str, Any] = _reports().dump_python(report, mode="json")
    return found


def id_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:_ID_LENGTH]


@cache
def _reports() -> TypeAdapter[Report]:
    return TypeAdapter(Report)
