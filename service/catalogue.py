"""Finds the things of a kind: `thing.py` says what a thing is, the folder `things/` holds one file for each."""

import importlib
import pkgutil
from typing import TypeVar

Kind = TypeVar("Kind")


def collect(package: str, kind: type[Kind]) -> tuple[Kind, ...]:
    """The one instance of `kind` that each module of `package` declares, in the order of the module names.

    Raises LookupError for a module that declares none, or more than one.
    """
    folder = importlib.import_module(package)
    return tuple(
        _the_one(f"{package}.{found.name}", kind)
        for found in sorted(pkgutil.iter_modules(folder.__path__), key=lambda found: found.name)
    )


def _the_one(module: str, kind: type[Kind]) -> Kind:
    declared = [value for value in vars(importlib.import_module(module)).values() if isinstance(value, kind)]
    if len(declared) != 1:
        raise LookupError(f"{module} declares {len(declared)} of {kind.__name__}; it should declare exactly one")
    return declared[0]
