"""What matters to the person, in their words: values, fears, wishes. Not an SCCI1580 item; asked on a ReSPECT form."""

from service.register import codes
from service.register.preference_type import Component, PreferenceType

WHAT_MATTERS = PreferenceType(
    name="what-matters",
    title="What matters to me",
    code=codes.local("what-matters", "What matters to me"),
    section="what-matters",
    components=(
        Component(codes.local("most-valued", "What I most value"), "What I most value"),
        Component(codes.local("most-feared", "What I most fear"), "What I most fear or wish to avoid"),
    ),
    answered_by_components=True,
)
