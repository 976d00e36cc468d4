"""What the people of the story say, and what is said of their homes and their treatment. All of it is invented."""

from typing import Final, NamedTuple


class Surroundings(NamedTuple):
    """What is kept where, and how to get in: at home, or in a care home."""

    folder: str
    medicines: tuple[str, ...]
    access: tuple[str, ...]


WHAT_MATTERS = (
    "To see the garden from my bed, and to have the dog with me",
    "My daughter by my side; no fuss; the wireless on",
    "To be free of pain, even if I sleep more",
    "Prayers at the times they are due, and a visit from the imam",
    "To be at home for my granddaughter's wedding",
    "That somebody holds my hand, and that I am not alone at night",
)
TALKING = (
    "Hears well on the left side only; wears glasses",
    "Speaks slowly since the stroke; please wait for the answer",
    "No interpreter needed; likes things written down",
    "Punjabi at home, good English; a son helps with long words",
)
STATEMENTS = (
    "I would rather not go to hospital again unless something can be put right there quickly",
    "I want to know what is happening to me, in plain words, and to be asked first",
    "I would like a minister of the Methodist church to be told when I am dying",
)
AT_HOME: Final = {
    True: Surroundings(
        folder="Yellow folder in the kitchen",
        medicines=("Locked box on top of the wardrobe in the bedroom", "Kitchen cupboard above the kettle, blue box"),
        access=(
            "Key safe right of the front door; the district nurses hold the code",
            "Neighbour at the next house has a key; back door is open in the day",
            "Small dog, friendly; ring twice and wait",
            "Third floor, no lift after ten at night; warden has a key",
        ),
    ),
    False: Surroundings(
        folder="Yellow folder in the office of the care home",
        medicines=("Treatment room of the care home", "Locked cupboard in the person's room"),
        access=("Ring at the main door; staff are there all night", "Main door, code from the on-call telephone"),
    ),
}
ESCALATIONS: Final = (
    (
        ("not-for", "Not for intensive care"),
        ("not-for", "Not for ventilation"),
        ("conditional", "Hospital for a broken bone or what can be put right quickly"),
        ("for", "Antibiotics by mouth at home"),
    ),
    (
        ("not-for", "Not for intensive care"),
        ("conditional", "Mask ventilation if it eases breathing"),
        ("not-for", "Not for hospital admission"),
        ("conditional", "Antibiotics where they ease symptoms"),
    ),
    (
        ("conditional", "Intensive care for something that can be put right"),
        ("not-for", "Not for ventilation"),
        ("for", "For hospital admission"),
        ("for", "For antibiotics, by drip if need be"),
    ),
)
