"""What matters to the person, in their words: values, fears, faith, wishes (SCCI1580 item 58)."""

from service.register import codes
from service.register.preference_type import PreferenceType

WHAT_MATTERS = PreferenceType(
    name="what-matters",
    title="What matters to me",
    code=codes.local("what-matters", "What matters to me"),
    section="what-matters",
)
