"""The proof that no model needs to be asked on a write: whatever `fhir.resources` R4B refuses, we refuse too.

Ours are asked first, and R4B only about what they accept. What R4B is wrong about stands in EXCEPTIONS.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from service.fhir import codec, definitions, validation
from service.fhir.resource_type import Body
from tests.fhir import every_element, mutations, r4b

VALID = Path(__file__).parents[2] / "fhir_profiles" / "examples" / "valid"

OPEN_META = "R4 lists Meta among the types that an open choice may take; the models of R4B have left it out."
IN_EXTENSIONS = (
    "R4 lets extensions stand beside any primitive, the value of an extension too; R4B has no place for them."
)
FOR_A_CHOICE = (
    "R4 lets an extension stand for any mandatory value; R4B too, but not where one of several may be chosen."
)
EXCEPTIONS = {
    OPEN_META: re.compile(r"extra_forbidden at .*(value|fixed|pattern|defaultValue)Meta: .*"),
    IN_EXTENSIONS: re.compile(r"extra_forbidden at (.*\.)?extension\.\d+\._value[A-Z]\w+: .*"),
    FOR_A_CHOICE: re.compile(r"value_error at .*: Value error, Expect any of field value from this list .*"),
}
"""Why R4B itself is wrong where it refuses what we accept, and what it then says."""


def unexplained(refusals: Iterable[str]) -> list[str]:
    return [said for said in refusals if not any(shape.fullmatch(said) for shape in EXCEPTIONS.values())]


def is_accepted(resource: Body) -> bool:
    return not any(issue.severity == "error" for issue in validation.issues(resource, of_any_type=True))


def gaps(resources: Iterable[tuple[str, Body]]) -> list[tuple[str, list[str]]]:
    """What we accept and R4B refuses, without a reason."""
    refused = ((said, unexplained(r4b.refusals(resource))) for said, resource in resources if is_accepted(resource))
    return [(said, refusals) for said, refusals in refused if refusals]


def examples(folder: Path) -> Iterator[tuple[str, Body]]:
    """Each resource in a folder that is right before it is spoilt."""
    for path in sorted(folder.rglob("*.json")):
        resource = codec.loads(path.read_bytes())
        if "resourceType" in resource and is_accepted(resource):
            yield path.name, resource


def mutants(folder: Path, *, in_all: int, times: int = 1) -> Iterator[tuple[str, Body]]:
    found = list(examples(folder))
    for name, resource in found:
        for mutant in itertools.islice(mutations.mutants(resource, name, times=times), in_all // len(found)):
            yield f"{name}: {mutant.kind}", mutant.resource


def test_our_examples_are_right_before_they_are_spoilt() -> None:
    assert gaps(examples(VALID)) == []


def test_spoilt_examples_that_r4b_refuses_are_refused() -> None:
    assert gaps(mutants(VALID, in_all=1_500)) == []


def test_a_sample_of_every_element_of_every_type_is_refused_where_r4b_refuses_it() -> None:
    assert gaps(itertools.islice(every_element.resources(), 0, None, 397)) == []


def test_the_smallest_resource_of_every_type_is_right() -> None:
    names = definitions.types().keys() & definitions.resource_types()
    assert [name for name in names if not is_accepted(every_element.smallest(name))] == []


def test_most_mutations_are_wrong_for_r4b_too() -> None:
    spoilt = list(mutants(VALID, in_all=300))
    assert sum(bool(r4b.refusals(resource)) for _, resource in spoilt) > 0.4 * len(spoilt)


def test_a_mutation_is_the_same_for_the_same_seed() -> None:
    once, again = (list(mutants(VALID, in_all=200)) for _ in range(2))
    assert once == again


def test_every_kind_of_mutation_is_done() -> None:
    patient: Body = {"resourceType": "Patient", "active": True, "multipleBirthInteger": 2, "name": [{"text": "a"}]}
    spoilt = list(itertools.islice(mutations.mutants(patient, "any"), len(mutations.KINDS)))
    assert [mutant.kind for mutant in spoilt] == list(mutations.KINDS)


EXTENSION: Body = {"url": "https://example.org/a", "valueString": "a"}
VACCINATION: Body = {"resourceType": "Immunization", "status": "completed", "vaccineCode": {"text": "a"}}
VACCINATION |= {"patient": {"reference": "Patient/1"}}


META: Body = {"url": "https://example.org/a", "valueMeta": {"source": "https://example.org/a"}}


@pytest.mark.parametrize(
    ("reason", "resource"),
    [
        (OPEN_META, {"resourceType": "Patient", "extension": [META]}),
        (IN_EXTENSIONS, {"resourceType": "Patient", "extension": [{**EXTENSION, "_valueString": {"id": "a"}}]}),
        (FOR_A_CHOICE, {**VACCINATION, "_occurrenceString": {"extension": [EXTENSION]}}),
    ],
)
def test_an_exception_is_still_one(reason: str, resource: Body) -> None:
    assert is_accepted(resource)
    [said] = r4b.refusals(resource)
    assert EXCEPTIONS[reason].fullmatch(said)


@pytest.mark.slow
def test_tens_of_thousands_of_spoilt_examples() -> None:
    assert gaps(mutants(VALID, in_all=60_000)) == []


@pytest.mark.slow
def test_examples_that_are_spoilt_in_two_places() -> None:
    assert gaps(mutants(VALID, in_all=30_000, times=2)) == []


@pytest.mark.slow
def test_every_element_of_every_type() -> None:
    assert gaps(every_element.resources()) == []


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["ukcore/examples", "examples/pds"])
def test_published_examples_that_are_spoilt(reference_dir: Path, folder: str) -> None:
    assert gaps(mutants(reference_dir / folder, in_all=15_000)) == []
