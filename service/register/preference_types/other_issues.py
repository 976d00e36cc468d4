"""Whatever else those who care should know: lives alone, pets, dialysis, social matters (SCCI1580 item 58)."""

from service.register import codes
from service.register.preference_type import PreferenceType

OTHER_ISSUES = PreferenceType(
    name="other-issues",
    title="Other issues and preferences",
    code=codes.local("other-issues", "Other relevant issues or preferences", "SCCI1580 item 58 is text; no code found"),
    section="what-matters",
    items=("58",),
    repeats=True,
    tells_where=True,
)
