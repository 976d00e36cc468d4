"""How to get into the home: key safe, door, dogs (EoL National Minimum Dataset 2.2, domestic access)."""

from service.register import codes
from service.register.preference_type import PreferenceType

HOME_ACCESS = PreferenceType(
    name="home-access",
    title="Access to the home",
    code=codes.local("domestic-access", "Access to the home"),
    section="home-access",
    tells_where=True,
)
