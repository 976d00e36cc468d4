"""Why something is taken out of use. Whoever deletes may say it; nothing is ever inferred from a deletion without one.

What was recorded of the wrong person is another person's: its earlier versions are for those who look into it only.
"""

from typing import Final

from service.register import codes

SYSTEM: Final = f"{codes.BASE}/CodeSystem/deletion-reason"
VOID: Final = "void"
WRONG_PERSON: Final = "wrong-person"
CHANGED_MIND: Final = "changed-mind"
REASONS: Final = {
    VOID: "Void: it should never have been recorded",
    WRONG_PERSON: "Wrong person: it belongs to somebody else's record",
    CHANGED_MIND: "Changed mind: it held once, and the person no longer wants it",
}
"""Each code of `fhir_profiles/code_systems/deletion-reason.json`, with its display."""
