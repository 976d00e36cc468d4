"""How the entries of a transaction lead to each other, and to what is here already.

A new resource has no id when its sender refers to it: the sender calls it by the fullUrl of its entry. Each entry is
promised a reference before anything is judged, so that what refers to it is judged by where it leads; what a condition
finds instead is put in its place once the register was asked (`moved`).

A conditional reference, such as `Practitioner?identifier=…`, leads to the one resource that it finds among what the
register held before the transaction, or to the entry of the same transaction that carries the same condition. R4 leaves
open whether it finds what the transaction makes under another condition: here it does not, so that its meaning hangs
on no order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from service.errors import Issue
from service.fhir import references
from service.store import judging
from service.store.bundle import READS, Entry
from service.store.conditions import Condition

OPERATIONS: Final = "operation"
"""The element under which a PATCH entry holds the operations of its JSON Patch, so that they are relinked too."""

_BLAMED = "urn:uuid:00000000-0000-0000-0000-000000000000"
"""What stands for a reference that is refused already, so that it is not refused twice."""

_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass
class Links:
    """What the entries call each other. `promised` are the references of the entries by place. What begins with `own`,
    our own address, leads to what is here.

    `asked` are the conditional references found so far, by the reference that stands for each until the register was
    asked; `late` the places of entries whose conditions name other entries.
    """

    promised: Mapping[str, str]
    own: str = ""
    issues: list[Issue] = field(default_factory=list)
    asked: dict[str, Condition] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    _by_url: dict[str, str] = field(default_factory=dict)
    _near: dict[str, dict[str, str]] = field(default_factory=dict)
    _makers: list[tuple[str, str, str]] = field(default_factory=list)
    _made_under: dict[_Key, str] = field(default_factory=dict)
    _standing: dict[_Key, str] = field(default_factory=dict)

    def learn(self, entries: Sequence[Entry]) -> None:
        """Takes in how each entry is called. A relative reference means an entry of the same server as its sender's."""
        for entry in entries:
            if not (promised := self.promised.get(entry.place)):
                continue
            if entry.full_url:
                self._by_url[entry.full_url] = promised
                server, relative = _split(entry.full_url)
                if server:
                    self._near.setdefault(server, {})[relative] = promised
            if entry.method != "DELETE" and (text := condition_of(entry)):
                self._makers.append((entry.type_name, text, promised))

    def relink(self, entry: Entry) -> None:
        """Rewrites in place what the entry's resource refers to."""
        _relink(entry, partial(self._becomes, entry.place, self._nearby(entry)))

    def leads_on(self, entry: Entry) -> bool:
        """Whether a create or an update, or its condition, calls another entry, or what a condition would find."""
        if entry.method not in ("POST", "PUT") or not entry.resource or "$" in entry.url:
            return self.with_conditions(entry) is not entry
        found = 0

        def count(said: str, path: str, name: str) -> str:
            nonlocal found
            found += self._becomes(entry.place, self._nearby(entry), said, path, name) != said
            return said

        references.relink(entry.resource, count)
        return bool(found) or self.with_conditions(entry) is not entry

    def with_conditions(self, entry: Entry) -> Entry:
        """The entry with what its own url and conditions call by a fullUrl called by its reference."""
        query = self._query(entry, entry.query, "url")
        if_none_exist = self._query(entry, entry.conditions.get("ifNoneExist", ""), "ifNoneExist")
        if query == entry.query and if_none_exist == entry.conditions.get("ifNoneExist", ""):
            return entry
        self.late.add(entry.place)
        if entry.method == "DELETE":
            self._blame(f"{entry.place}.request.url", "What is deleted goes first; it cannot be found by what is new")
        conditions = {**entry.conditions, **({"ifNoneExist": if_none_exist} if if_none_exist else {})}
        return replace(entry, query=query, conditions=conditions)

    def _nearby(self, entry: Entry) -> Mapping[str, str]:
        return self._near.get(_split(entry.full_url)[0], {}) if self._near else {}

    def blame_chains(self, entries: Iterable[Entry]) -> None:
        """A condition may name an entry only when it is known beforehand where that one leads."""
        unknown = {self.promised[place] for place in self.late if place in self.promised}
        for entry in entries:
            text = condition_of(entry) if entry.place in self.promised else ""
            if entry.place in self.late and any(value in unknown for _, value in parse_qsl(text)):
                element = "ifNoneExist" if entry.method == "POST" else "url"
                message = "This names an entry whose own condition names another; put them into two transactions"
                self._blame(f"{entry.place}.request.{element}", message)

    def _becomes(self, place: str, near: Mapping[str, str], said: str, path: str, name: str) -> str:
        known = self._by_url.get(said) or near.get(said)
        if known or name != "reference":
            return known or said
        said = said.removeprefix(self.own)
        expression = f"{place}.resource.{path.partition('.')[2]}.reference"
        if "?" in said and not said.startswith(("#", "http:", "https:")):
            return self._conditional(said, expression)
        if said.startswith("urn:uuid:"):
            self._blame(expression, "No entry of this transaction has this fullUrl", "not-found")
        return said

    def _conditional(self, said: str, expression: str) -> str:
        type_name, _, text = said.partition("?")
        if type_name not in judging.TYPES or not text:
            self._blame(expression, "A conditional reference is Type?query, of a type that the register holds")
            return _BLAMED
        key = _key(type_name, text)
        if any(value in self._by_url for _, value in key[1]):
            self._blame(expression, "A conditional reference names no other entry; refer to that entry, or by an id")
            return _BLAMED
        if self._makers and not self._made_under:
            self._made_under = {_key(type_name, text): promised for type_name, text, promised in self._makers}
        if key in self._made_under:
            return self._made_under[key]
        if key not in self._standing:
            standing = self._standing[key] = f"{type_name}/{uuid4()}"
            self.asked[standing] = Condition(type_name, text, expression, is_held=False)
        return self._standing[key]

    def _query(self, entry: Entry, text: str, element: str) -> str:
        if "urn:" not in text and "urn%3" not in text:
            return text
        pairs = parse_qsl(text, keep_blank_values=True)
        found = [(name, self._by_url.get(value, value)) for name, value in pairs]
        if any(value.startswith("urn:uuid:") and "|" not in value for _, value in found):
            self._blame(
                f"{entry.place}.request.{element}", "No entry of this transaction has this fullUrl", "not-found"
            )
        return text if found == pairs else urlencode(found)

    def _blame(self, expression: str, message: str, code: str = "invalid") -> None:
        self.issues.append(Issue(code, message, expression))


def condition_of(entry: Entry) -> str:
    """The search that a write depends on; empty where it names its resource."""
    return entry.conditions.get("ifNoneExist", "") if entry.method == "POST" else entry.query


def address(entry: Entry) -> str:
    """What an entry writes, as far as it says: `Type/id` or `Type?condition`; empty for a plain create, and a read."""
    if entry.method in READS:
        return ""
    text = condition_of(entry)
    return f"{entry.type_name}?{text}" if text else entry.url if entry.method != "POST" else ""


def moved(entries: Iterable[Entry], known: Mapping[str, str]) -> None:
    """Rewrites in place every reference that stood for what was found now."""
    if known:
        for entry in entries:
            _relink(entry, lambda said, path, name: known.get(said, said))


def moved_text(text: str, known: Mapping[str, str]) -> str:
    """The same for a condition, or for the query of a read."""
    pairs = parse_qsl(text, keep_blank_values=True)
    found = [(name, known.get(value, value)) for name, value in pairs]
    return text if found == pairs else urlencode(found)


def _relink(entry: Entry, becomes: references.Relinked) -> None:
    if not entry.resource:
        return
    if entry.method == "PATCH":
        references.relink_operations(entry.resource[OPERATIONS], f"{entry.type_name}.{OPERATIONS}", becomes)
    else:
        references.relink(entry.resource, becomes)


def _key(type_name: str, text: str) -> _Key:
    return type_name, tuple(sorted(parse_qsl(text.lstrip("?"))))


def _split(full_url: str) -> tuple[str, str]:
    """The server of a fullUrl and the relative reference on it; empty for what is no address of a resource."""
    if not full_url.startswith(("http://", "https://")):
        return "", full_url
    server, type_name, resource_id = (*full_url.rsplit("/", 2), "", "")[:3]
    return server, f"{type_name}/{resource_id}"
