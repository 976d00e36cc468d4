"""Who may do what: roles, as a table that people read, and the programme with them.

`ITEMS` says what each role may do with each item: r read and search, w write (create, update, delete), c confirm
unchanged, e end. An item is a type of FHIR, or an item of the register: a kind of preference, all other kinds
(`preferences`), a `registration`, what is done with whole records, who looked at one, the glass that is broken for one
and the review of that. `*` is every type that has no line of its own. `ROLES` says whose records. A token
may do what its scopes allow and its role as well.

Prognosis: SCCI1580 item 34 leaves it to the key worker, the GP and the responsible clinician. CPR: SCCI1580 supplier
requirement 22 leaves it to senior clinicians. Treatment escalation is a decision of clinicians in the same way. What
the roles are worth for a person (consent, relationship, restricted whereabouts) is decided in `store/access_filter.py`.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from service.access import scopes
from service.access.scopes import Permissions
from service.actor import Sees
from service.fhir import resource_type
from service.register import preference_type

ROLES: Final = """
role             column     reach     who
gp               gp         clinical  GP and practice staff
community-nurse  nurse      clinical  Community nurse and key worker
hospice          hospice    clinical  Hospice and specialist palliative care
hospital         hospital   clinical  Hospital and responsible clinician
ambulance        ambulance  clinical  Ambulance, 111 and out of hours
care-home        home       clinical  Care home
social-care      social     clinical  Social care
quality-lead     quality    own       Quality lead
privacy-officer  privacy    own       Privacy officer
patient          patient    self      The person, or somebody who acts for them
system           system     everyone  System with nobody at the keyboard, such as an integration engine
"""

ITEMS: Final = """
item                   gp nurse hospice hospital ambulance home social quality privacy patient system
Patient                rw  rw     rw       rw        r      r     r       r       r       r      rw
EpisodeOfCare          rw  rw     rw       rw        r      r     r       r       -       r      rw
Observation            rw  rw     rw       rw        r      rw    rw      r       -       r      rw
CarePlan               rw  rw     rw       rw        r      r     r       r       -       r      rw
Goal                   rw  rw     rw       rw        r      rw    rw      r       -       r      rw
Consent                rw  rw     rw       rw        r      r     r       -       r       r      rw
Condition              rw  rw     rw       rw        r      r     r       r       -       r      rw
Procedure              rw  rw     rw       rw        r      r     r       r       -       r      rw
AllergyIntolerance     rw  rw     rw       rw        r      r     r       -       -       r      rw
MedicationRequest      rw  rw     rw       rw        r      r     r       -       -       r      rw
MedicationStatement    rw  rw     rw       rw        r      r     r       -       -       r      rw
Flag                   rw  rw     rw       rw        r      r     r       r       -       r      rw
CareTeam               rw  rw     rw       rw        r      r     r       -       -       r      rw
RelatedPerson          rw  rw     rw       rw        r      rw    rw      -       -       r      rw
DocumentReference      rw  rw     rw       rw        r      r     r       -       -       r      rw
Binary                 rw  rw     rw       rw        r      r     r       -       -       r      rw
QuestionnaireResponse  rw  rw     rw       rw        r      rw    rw      -       -       r      rw
Questionnaire          rw  rw     rw       rw        r      r     r       -       -       r      rw
Task                   rw  rw     rw       rw        r      rw    rw      -       -       r      rw
Provenance             rw  rw     rw       rw        r      rw    rw      -       r       r      rw
Organization           rw  rw     rw       rw        r      r     r       r       -       r      rw
Location               rw  rw     rw       rw        r      r     r       r       -       r      rw
Practitioner           rw  rw     rw       rw        r      rw    rw      -       -       r      rw
PractitionerRole       rw  rw     rw       rw        r      rw    rw      -       -       r      rw
*                      rw  rw     rw       rw        r      r     r       -       -       r      rw
Group                  r   r      r        r         -      r     r       r       -       -      r
Measure                -   -      -        -         -      -     -       r       -       -      r
MeasureReport          -   -      -        -         -      -     -       r       -       -      r
AuditEvent             -   -      -        -         -      -     -       -       r       -      r
prognosis              wc  wc     wc       wc        -      -     -       -       -       -      wc
cpr-decision           wc  -      wc       wc        -      -     -       -       -       -      wc
treatment-escalation   wc  wc     wc       wc        -      -     -       -       -       -      wc
preferences            wc  wc     wc       wc        -      wc    wc      -       -       -      wc
registration           e   e      e        -         -      -     -       -       -       -      e
merge                  w   -      -        -         -      -     -       -       -       -      w
subject-access         r   -      -        -         -      -     -       -       r       -      r
who-looked             r   r      r        r         r      r     r       -       r       r      r
break-glass            w   w      w        w         w      w     w       -       -       -      -
review                 -   -      -        -         -      -     -       -       w       -      -
"""

SYSTEM: Final = "system"
PATIENT: Final = "patient"
AMBULANCE: Final = "ambulance"

_OTHER_PREFERENCES: Final = "preferences"
_OTHER_TYPES: Final = "*"

Reach = Literal["clinical", "own", "self", "everyone", "nobody"]
Verb = Literal["read", "write", "confirm", "end"]
SharingBasis = Literal["direct-care", "explicit-consent"]
"""On what basis a record is shared of which nobody said whether it may be: HEARTSEASE_SHARING_BASIS."""

_OF_THE_REGISTER: Final[dict[str, tuple[Verb, ...]]] = {
    "registration": ("end",),
    "merge": ("write",),
    "subject-access": ("read",),
    "who-looked": ("read",),
    "break-glass": ("write",),
    "review": ("write",),
}
"""The items of the register beside preferences, and what can be done with each at all."""
_OF_PREFERENCES: Final[tuple[Verb, ...]] = ("write", "confirm")

VERBS: Final[dict[str, Verb]] = {"r": "read", "w": "write", "c": "confirm", "e": "end"}
_INTERACTIONS: Final = {"read": "rs", "write": "cud"}
"""What a verb is in the letters of SMART's `cruds`, for an item that is a type."""

PURPOSES: Final = {
    "TREAT": "treatment",
    "ETREAT": "emergency treatment",
    "CAREMGT": "care management",
    "COC": "coordination of care",
    "BTG": "break the glass",
    "HOPERAT": "healthcare operations",
    "HQUALIMP": "quality improvement",
    "PATSFTY": "patient safety",
    "HCOMPL": "compliance",
    "HLEGAL": "legal",
    "RECORDMGT": "records management",
    "PATADMIN": "patient administration",
    "PATRQT": "asked for by the person",
    "FAMRQT": "asked for by the family",
    "PWATRNY": "power of attorney",
    "PUBHLTH": "public health",
}
"""The purposes that a token may be for: those of HL7's v3-ActReason (PurposeOfUse) that such a register has."""

DIRECT_CARE: Final = frozenset({"TREAT", "ETREAT", "CAREMGT", "COC", "BTG"})
"""The purposes (v3-ActReason) that make a claim to care for somebody."""
_EMERGENCY: Final = "ETREAT"


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the table: what it may do (as `Actor.permissions` and `Actor.barred` say it), and whose records."""

    name: str
    title: str
    reach: Reach
    permissions: Permissions
    barred: frozenset[tuple[str, str]]

    @property
    def is_of_people(self) -> bool:
        """Whether somebody at a keyboard may have it."""
        return self.reach not in ("everyone", "nobody")


def role(name: str) -> Role:
    """The role of that name; for a name that is none, one that may do nothing."""
    return all_roles().get(name, _NONE)


@cache
def of_people() -> tuple[str, ...]:
    """The names of the roles that somebody at a keyboard may have."""
    return tuple(one.name for one in all_roles().values() if one.is_of_people)


@cache
def all_roles() -> dict[str, Role]:
    """Every role, by name."""
    return {name: _role(name, reach, who) for name, _, reach, who in _lines()}


def _lines() -> list[list[str]]:
    return [line.split(maxsplit=3) for line in ROLES.strip().splitlines()[1:]]


@cache
def table() -> dict[str, dict[str, frozenset[Verb]]]:
    """What each role may do with each item: by item, then by the name of the role."""
    names = {heading: name for name, heading, _, _ in _lines()}
    headings, *lines = (line.split() for line in ITEMS.strip().splitlines())
    return {
        item: {
            names[heading]: frozenset(VERBS[letter] for letter in cell if letter != "-")
            for heading, cell in zip(headings[1:], cells, strict=True)
        }
        for item, *cells in lines
    }


def may(name: str, verb: Verb, item: str) -> bool:
    """Whether a role may do this with an item; a name that is no role may nothing."""
    return verb in cells_of(item).get(name, ())


@lru_cache(maxsize=1000)
def permissions(name: str, granted: str) -> Permissions:
    """What a text of scopes leaves of what a role may do."""
    return scopes.granted(scopes.parse(granted), role(name).permissions)


def supported() -> str:
    """The scopes that some role may have, one a type."""
    return scopes.text(frozenset().union(*(one.permissions for one in all_roles().values())))


def sees(name: str, purpose: str, basis: SharingBasis) -> Sees:
    """Whose records a role sees for a purpose. An ambulance and an emergency never wait for somebody's consent."""
    match role(name).reach:
        case "clinical" if purpose not in DIRECT_CARE:
            return Sees.OWN_PATIENTS
        case "clinical" if basis == "explicit-consent" and name != AMBULANCE and purpose != _EMERGENCY:
            return Sees.PERMITTED
        case "clinical":
            return Sees.SHARED
        case "own":
            return Sees.OWN_PATIENTS
        case "self":
            return Sees.SELF
        case "everyone":
            return Sees.EVERYONE
        case _:
            return Sees.NOBODY


def _role(name: str, reach: str, title: str) -> Role:
    may = frozenset(
        (type_name, letter)
        for type_name in types()
        for verb in cells_of(type_name)[name]
        for letter in _INTERACTIONS[verb]
    )
    barred = frozenset((verb, item) for item in items() for verb in verbs_of(item) if verb not in cells_of(item)[name])
    return Role(name, title, reach, may, barred)  # type: ignore[arg-type]  # one of Reach, as the tests of ROLES see to


def types() -> frozenset[str]:
    """Every type of FHIR that a token may name: those held, and those that are computed."""
    return frozenset(resource_type.all_types()) | {"Group", "Measure", "MeasureReport", "AuditEvent"}


def items() -> tuple[str, ...]:
    """Every item of the register: each kind of preference, and what else is done with a record."""
    return (*preference_type.all_types(), *_OF_THE_REGISTER)


def cells_of(item: str) -> dict[str, frozenset[Verb]]:
    """The line of an item by role, or the line of those that have none of their own."""
    others = _OTHER_PREFERENCES if item in preference_type.all_types() else _OTHER_TYPES
    return table().get(item) or table()[others]


def verbs_of(item: str) -> tuple[Verb, ...]:
    """What can be done with an item of the register at all."""
    return _OF_THE_REGISTER.get(item, _OF_PREFERENCES)


_NONE: Final = Role("", "Nobody", "nobody", frozenset(), frozenset())
