"""The sections of the summary, in the order in which a clinician in a hurry needs them.

Advance decisions stand before every other wish because they bind (EPaCCS-IT). Headings are those of
UKCore-RecordStandardHeadings; a section that has no heading there carries its title only.
"""

from dataclasses import dataclass
from typing import Final

from service.register.codes import HEADINGS


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `heading` is its code in `system`; both are empty where the standard has no heading for it.

    `tells_where` is one that is about where somebody lives and who is near: never for who may not learn that.
    """

    key: str
    title: str
    heading: str = ""
    order: int = 0
    tells_where: bool = False

    @property
    def system(self) -> str:
        return HEADINGS if self.heading else ""


_IN_ORDER = (
    ("status", "Registration status", ""),
    ("advance-decision", "Advance decision to refuse treatment", "advance-decision-to-refuse-treatment"),
    (
        "lasting-power-of-attorney",
        "Lasting power of attorney for health and welfare",
        "lasting-power-of-attorney-for-health-and-welfare-or-court-appointed-deputy-or-equivalent",
    ),
    ("cpr", "Cardiopulmonary resuscitation (CPR)", ""),
    ("treatment-escalation", "Treatment escalation and ReSPECT", ""),
    ("place-of-death", "Preferred place of death", ""),
    ("place-of-care", "Preferred place of care", ""),
    ("anticipatory-medicines", "Anticipatory medicines", ""),
    ("diagnoses", "Diagnoses, prognosis and function", "diagnoses"),
    ("allergies", "Allergies and adverse reactions", "allergies-and-adverse-reaction"),
    ("people", "Key worker, care team, carer and people to involve", "professional-contacts"),
    (
        "what-matters",
        "What matters, communication and culture",
        "patient-and-carer-concerns-expectations-and-wishes",
    ),
    ("home-access", "Access to the home", ""),
    ("documents", "Documents and where they are kept", "documents-including-correspondence-audio-and-images"),
    ("consent", "Consent to sharing, and dates", "consent-for-information-sharing"),
)

_TELL_WHERE: Final = ("people", "home-access")

ALL: Final = tuple(
    Section(key, title, heading, order, key in _TELL_WHERE) for order, (key, title, heading) in enumerate(_IN_ORDER, 1)
)

COMPLETENESS: Final = Section("completeness", "Completeness of the record", order=len(ALL) + 1)
"""The last section: written of the record itself, so nothing has a line in it."""
