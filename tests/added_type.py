"""A preference type added as one file, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import service.register.preference_types
from service.fhir import conformance
from service.fhir.profiles import library
from service.register import preference_type
from service.register.preference_type import PreferenceType

MUSIC = '''
"""Which music to play at the bedside: a type that no other file of the register knows."""

from service.register import codes
from service.register.preference_type import Answer, PreferenceType

MUSIC = PreferenceType(
    name="music",
    title="Music",
    code=codes.local("music", "Music"),
    section="what-matters",
    answers=(Answer(codes.local("no-music", "Wishes for silence")),),
)
'''


@contextmanager
def music(folder: Path) -> Iterator[PreferenceType]:
    """The file stands in `folder`, which is made part of the package for as long as the block lasts."""
    (folder / "music.py").write_text(MUSIC)
    path = service.register.preference_types.__path__
    path.append(str(folder))
    _look_anew()
    try:
        yield preference_type.all_types()["music"]
    finally:
        path.remove(str(folder))
        _look_anew()


def _look_anew() -> None:
    for read_once in (
        preference_type.all_types,
        preference_type._by_code,
        conformance.ours,
        library.shipped,
        library.known,
    ):
        read_once.cache_clear()
