"""What a profile adds to R4: compiled once from its snapshot, and judged after R4 itself (`fhir.validation`).

`library` holds the definitions, `bindings` says whether a code is in a value set, `fhirpaths` whether an invariant
holds, `packages` reads the official definitions that a deployer has. What cannot be decided here is told as undecided:
never passed in silence, and never failed.
"""
