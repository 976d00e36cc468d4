"""Heartsease: an end-of-life care register that systems speak to over HL7 FHIR R4."""
