"""Imports every module that declares tables."""

import importlib

TABLE_MODULES = [
    "service.audit",
    "service.register.models",
    "service.register.organisations",
    "service.store.models",
    "service.access.models",
]

for module in TABLE_MODULES:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError:
        pass
