"""Who is asking, resolved once at the edge and frozen. `store` asks only the Actor and never looks upward."""

from dataclasses import dataclass
from enum import StrEnum

from service.errors import Forbidden


class Sees(StrEnum):
    """Whose records an actor may touch; `store/access_filter.py` turns it into SQL."""

    EVERYONE = "everyone"
    OWN_PATIENTS = "own-patients"
    SHARED = "shared"
    NOBODY = "nobody"


INTERACTIONS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller. `permissions` are pairs of resource type (or `*`) and one letter of SMART's `cruds`."""

    client_id: str
    organisation: str
    sees: Sees
    permissions: frozenset[tuple[str, str]]

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
