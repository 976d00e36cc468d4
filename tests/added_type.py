"""A preference type added as one file, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import service.register.preference_types
from service.register import preference_type
from service.register.preference_type import PreferenceType

ORGAN_DONATION = '''
"""Whether to give organs: a type that no other file of the register knows."""

from service.register import codes
from service.register.preference_type import Answer, PreferenceType

ORGAN_DONATION = PreferenceType(
    name="organ-donation",
    title="Organ donation",
    code=codes.local("organ-donation", "Organ donation"),
    section="what-matters",
    answers=(Answer(codes.local("donates", "Wishes to donate")),),
)
'''


@contextmanager
def organ_donation(folder: Path) -> Iterator[PreferenceType]:
    """The file stands in `folder`, which is made part of the package for as long as the block lasts."""
    (folder / "organ_donation.py").write_text(ORGAN_DONATION)
    path = service.register.preference_types.__path__
    path.append(str(folder))
    _look_anew()
    try:
        yield preference_type.all_types()["organ-donation"]
    finally:
        path.remove(str(folder))
        _look_anew()


def _look_anew() -> None:
    preference_type.all_types.cache_clear()
    preference_type._by_code.cache_clear()
