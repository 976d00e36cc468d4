"""Every number of the reports once more, in plain Python, from the FHIR resources as they are stored.

Written from the definitions of the measures and not from the code that computes them: nothing of `service` is imported.
Codes are spelt out again. What is no FHIR resource (lists, all deaths, areas, deprivation) is read from its table.
"""
