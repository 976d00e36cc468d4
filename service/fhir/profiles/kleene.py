"""Answers that may be undecided (None), joined as Kleene did: what is certain stays so, whatever is left open."""

from collections.abc import Iterable

Answer = bool | None


def some(answers: Iterable[Answer]) -> Answer:
    """Whether any is true; undecided where one may be."""
    answer: Answer = False
    for one in answers:
        if one:
            return True
        if one is None:
            answer = None
    return answer


def every(answers: Iterable[Answer]) -> Answer:
    """Whether all are true; undecided where one may not be."""
    answer: Answer = True
    for one in answers:
        if one is None:
            answer = None
        elif not one:
            return False
    return answer


def negated(answer: Answer) -> Answer:
    return None if answer is None else not answer
