"""Everything that can be refused, with its HTTP status, its FHIR issue code and what the sender should do.

HeartseaseError
├── Unreadable           400  the body or the query cannot be read
├── Unauthenticated      401  no token, or one that is unknown, expired or withdrawn
├── Forbidden            403  known, but not allowed
├── NotFound             404  nothing here that you may see
├── MethodNotAllowed     405
├── NotAcceptable        406  asked for a format we do not write
├── TooSlow              408  the body took too long to arrive
├── Conflict             409  against what the register holds already
├── Gone                 410  deleted
├── VersionConflict      412  If-Match or a condition does not hold
├── TooLarge             413
├── TooLong              414  the URL
├── UnsupportedMedia     415  sent in a format we do not read
├── Invalid              422  read, and found wrong: carries every issue found
│   └── RuleBroken       422  against a rule of the register
├── TooCostly            422  would keep everybody else waiting: ask for less
├── TooMany              429  more than one caller may ask for: wait `retry_after` seconds
└── Unavailable          503  try again later

Raise where you know; rendering is done at the edge only (`api/errors.py`, `web/errors.py`).
No message may hold a name, an NHS number, an address or clinical text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding about one element. `expression` is its FHIRPath, such as `Patient.identifier[0].value`.

    `detail` is the code of `details.coding`, from `fhir_profiles/code_systems/outcome-details.json`: the kind of
    refusal, or the key of the invariant that is broken. Empty where `code`, which is FHIR's, tells as much.
    """

    code: str
    message: str
    expression: str = ""
    severity: Severity = "error"
    detail: str = ""

    def under(self, place: str) -> "Issue":
        """The same finding with the resource standing at `place`, such as `Bundle.entry[3].resource`."""
        _, dot, rest = self.expression.partition(".")
        return replace(self, expression=f"{place}{dot}{rest}")


class HeartseaseError(Exception):
    """`person_pk` is whose record was asked for, where that is known: for the audit alone, never for who asked."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "exception"
    detail: ClassVar[str] = "fault"
    retry_after: int = 0
    """Seconds after which the same request may be sent again; 0 where waiting does not help."""

    def __init__(self, message: str, *, expression: str = "", issues: Sequence[Issue] = ()) -> None:
        super().__init__(message)
        self.person_pk: int | None = None
        self.issues = tuple(issues) or (Issue(self.code, message, expression, detail=self.detail),)

    @classmethod
    def not_supported(cls, message: str, expression: str = "") -> Self:
        """Of what FHIR has, or might have, and we do not do, rather than of what is wrong or is not there."""
        return cls(message, issues=[Issue("not-supported", message, expression)])

    @property
    def message(self) -> str:
        return str(self)

    def under(self, place: str) -> Self:
        """The same refusal, of a resource that stands at `place` in a Bundle."""
        return type(self)(self.message, issues=[issue.under(place) for issue in self.issues])


class Unreadable(HeartseaseError):
    status, code, detail = 400, "invalid", "unreadable"


class Unauthenticated(HeartseaseError):
    status, code, detail = 401, "login", "unauthenticated"


class Forbidden(HeartseaseError):
    status, code, detail = 403, "forbidden", "forbidden"


class NotFound(HeartseaseError):
    status, code, detail = 404, "not-found", "not-found"


class MethodNotAllowed(HeartseaseError):
    """`allowed` are the methods that the URL takes, where it takes any."""

    status, code, detail = 405, "not-supported", "method-not-allowed"

    def __init__(
        self, message: str, *, allowed: Sequence[str] = (), expression: str = "", issues: Sequence[Issue] = ()
    ) -> None:
        super().__init__(message, expression=expression, issues=issues)
        self.allowed = tuple(allowed)


class NotAcceptable(HeartseaseError):
    status, code, detail = 406, "not-supported", "not-acceptable"


class TooSlow(HeartseaseError):
    status, code, detail = 408, "timeout", "too-slow"


class Conflict(HeartseaseError):
    status, code, detail = 409, "conflict", "conflict"


class Gone(HeartseaseError):
    status, code, detail = 410, "deleted", "gone"


class VersionConflict(HeartseaseError):
    status, code, detail = 412, "conflict", "version-conflict"


class TooLarge(HeartseaseError):
    status, code, detail = 413, "too-long", "too-large"


class TooLong(HeartseaseError):
    status, code, detail = 414, "too-long", "too-long"


class UnsupportedMedia(HeartseaseError):
    status, code, detail = 415, "not-supported", "unsupported-media"


class Invalid(HeartseaseError):
    status, code, detail = 422, "invalid", "invalid"


class RuleBroken(Invalid):
    code, detail = "business-rule", "rule-broken"


class TooCostly(HeartseaseError):
    status, code, detail = 422, "too-costly", "too-costly"


class TooMany(HeartseaseError):
    """`goes_on_record` is false of a refusal that would only repeat, within a minute, what the audit tells already."""

    status, code, detail = 429, "throttled", "too-many"

    def __init__(
        self,
        message: str,
        *,
        retry_after: int = 5,
        goes_on_record: bool = True,
        expression: str = "",
        issues: Sequence[Issue] = (),
    ) -> None:
        super().__init__(message, expression=expression, issues=issues)
        self.retry_after = retry_after
        self.goes_on_record = goes_on_record


class Unavailable(HeartseaseError):
    status, code, detail = 503, "transient", "unavailable"
    retry_after = 5
