"""Whether it would surprise the clinician if the person died within some time. "No" is the answer to act on."""

from service.register import codes
from service.register.preference_type import Answer, Component, PreferenceType

HORIZON = Component(
    codes.local("surprise-horizon", "Within which time"),
    "Within",
    (
        Answer(codes.local("days", "Days")),
        Answer(codes.local("weeks", "Weeks")),
        Answer(codes.local("months", "Months")),
        Answer(codes.local("a-year", "A year")),
    ),
)

SURPRISE_QUESTION = PreferenceType(
    name="surprise-question",
    title="Would death be a surprise",
    code=codes.local("surprise-question", "Surprise question"),
    section="diagnoses",
    answers=(
        Answer(codes.local("surprised", "Yes, it would be a surprise"), "yes"),
        Answer(codes.local("not-surprised", "No, it would not be a surprise"), "no"),
        Answer(codes.local("unsure-of-surprise", "Unsure"), "unsure"),
    ),
    components=(HORIZON,),
)
