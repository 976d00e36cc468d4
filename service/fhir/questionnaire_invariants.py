"""The invariants of R4 on forms and on what was filled in. Keys are FHIR's.

Left out: que-0, a warning about names that R4 words so that a form without a name breaks it.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from service.fhir.invariant import Invariant, both, has, has_choice

_WITH_OPTIONS = ("choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity")
_WITH_LENGTH = ("boolean", "decimal", "integer", "string", "text", "url", "open-choice")


def _link_ids(form: dict[str, Any]) -> Iterator[str]:
    waiting = list(form.get("item", ()))
    while waiting:
        item = waiting.pop()
        waiting += item.get("item", ())
        if "linkId" in item:
            yield item["linkId"]


def _same_link_id(form: dict[str, Any]) -> bool:
    found = list(_link_ids(form))
    return len(set(found)) < len(found)


def _empty_group(item: dict[str, Any]) -> bool:
    type_ = item.get("type")
    return (type_ == "group" and not has(item, "item")) or (type_ == "display" and has(item, "item"))


def _on(types: tuple[str, ...], *names: str) -> Callable[[dict[str, Any]], bool]:
    """Broken where an item of one of the types has any of these elements."""
    return lambda item: item.get("type") in types and has(item, *names)


def _not_on(types: tuple[str, ...], *names: str) -> Callable[[dict[str, Any]], bool]:
    """Broken where an item of any other type has one of these elements."""
    return lambda item: "type" in item and item["type"] not in types and has(item, *names)


def _exists_without_boolean(condition: dict[str, Any]) -> bool:
    return (
        condition.get("operator") == "exists"
        and has_choice(condition, "answer")
        and not has(condition, "answerBoolean")
    )


def _conditions_without_behaviour(item: dict[str, Any]) -> bool:
    """R4 says "more than one" in words and "more than two" in its expression: held to the milder."""
    return len(item.get("enableWhen", ())) > 2 and not has(item, "enableBehavior")


def _too_many_initials(item: dict[str, Any]) -> bool:
    return item.get("repeats") is not True and len(item.get("initial", ())) > 1


_ON_ITEMS = (
    Invariant("que-1", "item", "A group has items inside it, a display item has none", _empty_group),
    Invariant("que-3", "code", "Leave the code out of a display item", _on(("display",), "code")),
    Invariant(
        "que-4",
        "answerValueSet",
        "Give the answers as answerOption or as answerValueSet, not both",
        both("answerOption", "answerValueSet"),
    ),
    Invariant(
        "que-5",
        "type",
        "An item of this type has no listed answers: leave answerOption and answerValueSet out",
        _not_on(_WITH_OPTIONS, "answerOption", "answerValueSet"),
    ),
    Invariant(
        "que-6", "", "Leave required and repeats out of a display item", _on(("display",), "required", "repeats")
    ),
    Invariant("que-8", "initial", "A group or display item has no initial value", _on(("group", "display"), "initial")),
    Invariant("que-9", "readOnly", "Leave readOnly out of a display item", _on(("display",), "readOnly")),
    Invariant("que-10", "maxLength", "An item of this type has no maxLength", _not_on(_WITH_LENGTH, "maxLength")),
    Invariant(
        "que-11",
        "initial",
        "Where answers are listed, mark one of them as initialSelected: leave initial out",
        both("answerOption", "initial"),
    ),
    Invariant(
        "que-12",
        "enableBehavior",
        "Say whether all conditions must hold or any: send enableBehavior",
        _conditions_without_behaviour,
    ),
    Invariant("que-13", "initial", "Only an item that repeats has several initial values", _too_many_initials),
)

INVARIANTS: Final[dict[str, tuple[Invariant, ...]]] = {
    "Questionnaire": (Invariant("que-2", "item", "Every linkId in the form is another: rename one", _same_link_id),),
    "Questionnaire.item": _ON_ITEMS,
    "Questionnaire.item.enableWhen": (
        Invariant(
            "que-7", "answer", "Whether an answer exists is compared with true or false", _exists_without_boolean
        ),
    ),
    "QuestionnaireResponse.item": (
        Invariant("qrs-1", "", "Put nested items below the item or below its answer, not both", both("answer", "item")),
    ),
}
