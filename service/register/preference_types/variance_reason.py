"""Why someone did not die where they had wished to. For learning, not for blame; never falls due for review.

The list is ours: Coordinate My Care had one, which was not published.
"""

from service.register import codes
from service.register.preference_type import Answer, PreferenceType

VARIANCE_REASON = PreferenceType(
    name="variance-reason",
    title="Why the preferred place of death was not met",
    code=codes.local("variance-reason", "Why the preferred place of death was not met"),
    section="status",
    answers=(
        Answer(codes.local("no-bed", "No bed at the preferred place")),
        Answer(codes.local("symptoms", "Symptoms could not be controlled there")),
        Answer(codes.local("carer-unable", "The carer could not continue")),
        Answer(codes.local("changed-mind", "The person changed their mind")),
        Answer(codes.local("sudden-death", "Death was sudden")),
        Answer(codes.local("unsafe-transfer", "A transfer was clinically unsafe")),
        Answer(codes.local("family-request", "The family asked for it")),
        Answer(codes.local("variance-unknown", "The reason is not known")),
    ),
    reviewed=False,
    tells_where=True,
)
