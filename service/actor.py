"""Who is asking, resolved once at the edge and frozen. `store` asks only the Actor and never looks upward."""

from dataclasses import dataclass
from enum import StrEnum

from service.errors import Forbidden


class Sees(StrEnum):
    """Whose records an actor may touch; `store/access_filter.py` turns it into SQL.

    EVERYONE      a system client: all
    SHARED        direct care with a purpose: whom the organisation looks after, and others who did not refuse to share
    PERMITTED     the same, where sharing has to be permitted: nothing recorded is not enough
    OWN_PATIENTS  whom the organisation looks after
    SELF          the one person for whom the token was given
    NOBODY        no person
    """

    EVERYONE = "everyone"
    SHARED = "shared"
    PERMITTED = "permitted"
    OWN_PATIENTS = "own-patients"
    SELF = "self"
    NOBODY = "nobody"


INTERACTIONS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller.

    client_id     the system that asks
    organisation  on whose behalf, an ODS code
    sees          whose records
    permissions   pairs of resource type (or `*`) and one letter of SMART's `cruds`: what the token and the role allow
    role          of `access/policy`: of the person at the keyboard, or of the system where there is none
    user          the person at the keyboard, as their system names them; empty for a system by itself
    purpose       why, a code of HL7's v3-ActReason such as TREAT; empty where none was given
    person_pk     the person for whom the token was given, of a role that sees its own record only
    barred        pairs of a verb (read, write, confirm, end) and an item of the register that the role may not do
    """

    client_id: str
    organisation: str
    sees: Sees
    permissions: frozenset[tuple[str, str]]
    role: str = ""
    user: str = ""
    purpose: str = ""
    person_pk: int | None = None
    barred: frozenset[tuple[str, str]] = frozenset()

    def may(self, letter: str, type_name: str) -> bool:
        return (type_name, letter) in self.permissions or ("*", letter) in self.permissions

    def require(self, letter: str, type_name: str) -> None:
        """Raises Forbidden, naming the scope that is missing."""
        if not self.may(letter, type_name):
            raise Forbidden(
                f"This token may not {INTERACTIONS[letter]} {type_name}: system/{type_name}.{letter} is missing"
            )


def everything(client_id: str, organisation: str = "") -> Actor:
    """An actor of Heartsease's own, such as the loader of the demonstration area: may do all, for everyone."""
    return Actor(client_id, organisation, Sees.EVERYONE, frozenset(("*", letter) for letter in INTERACTIONS))
