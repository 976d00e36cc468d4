"""Reads the FHIR packages that a deployer has, such as the official one of UK Core: a folder, or a .tgz file.

A package is laid out as NPM does it (FHIR, "NPM Package Specification"): JSON files in `package/`, its examples in a
folder of their own, which is not read. A folder may also hold its definitions in folders by type. Nothing is unpacked
to the disk, and links are not followed.
"""

import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from service.errors import Unreadable
from service.fhir import codec
from service.fhir.resource_type import Body

MOST_FILES: Final = 20_000
"""In one package. R4's own has 4,600."""
LARGEST_FILE: Final = 20_000_000
LARGEST_PACKAGE: Final = 400_000_000
"""Bytes, unpacked."""
FHIR_VERSION: Final = "4.0"

_MANIFEST: Final = "package.json"
_NOT_READ: Final = frozenset({"examples", "example", "other", "openapi", "node_modules"})
_NOT_A_PACKAGE: Final = "is no FHIR package: give a folder or a .tgz file with package/*.json in it"

Reader = Callable[[], bytes]
File = tuple[str, int, Reader | None]
"""Its name, its size in bytes, and how to read it; None for what is not read."""


def read(path: Path) -> Iterator[Body]:
    """Every resource of a package. Raises Unreadable, naming the file, for what is none, is broken or has no end."""
    if not path.exists():
        raise Unreadable(f"There is no file or folder {path}")
    is_empty = True
    for name, content in _contents(path):
        body = _body(path, name, content)
        if name == _MANIFEST:
            _check_version(path, body)
        elif isinstance(body.get("resourceType"), str):
            is_empty = False
            yield body
    if is_empty:
        raise Unreadable(f"{path} {_NOT_A_PACKAGE}")


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The JSON files, capped in number and size."""
    try:
        for name, reader in _capped(path, _in_folder(path) if path.is_dir() else _in_archive(path)):
            yield name, reader()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{path} {_NOT_A_PACKAGE}") from error


def _capped(path: Path, files: Iterator[File]) -> Iterator[tuple[str, Reader]]:
    total = 0
    for number, (name, size, reader) in enumerate(files, start=1):
        total += size
        if number > MOST_FILES or size > LARGEST_FILE or total > LARGEST_PACKAGE:
            limits = f"{MOST_FILES:,} files, {LARGEST_FILE:,} bytes a file and {LARGEST_PACKAGE:,} bytes in all"
            raise Unreadable(f"{path} is larger than a package may be: {limits}")
        if reader:
            yield name, reader


def _in_folder(path: Path) -> Iterator[File]:
    package = path / "package"
    waiting = [package if package.is_dir() else path]
    while waiting:
        for one in sorted(waiting.pop(0).iterdir()):
            if one.is_symlink() or one.name.startswith("."):
                continue
            if one.is_dir() and one.name not in _NOT_READ:
                waiting.append(one)
            elif one.suffix == ".json":
                yield one.name, one.stat().st_size, one.read_bytes


def _in_archive(path: Path) -> Iterator[File]:
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            yield member.name.removeprefix("package/"), member.size, _reader(archive, member)


def _reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Reader | None:
    """Of a regular file `package/x.json`; whatever else stands there, such as links and paths upwards, is not read."""
    folder, _, name = member.name.partition("/")
    if folder != "package" or "/" in name or name.startswith(".") or not (name.endswith(".json") and member.isreg()):
        return None
    content = archive.extractfile(member)
    return content.read if content else None


def _body(path: Path, name: str, content: bytes) -> Body:
    try:
        return codec.loads(content)
    except Unreadable as error:
        raise Unreadable(f"{path}: {name} cannot be read. {error.message}") from error


def _check_version(path: Path, manifest: Body) -> None:
    """A package says for which versions of FHIR it is, in one of two ways."""
    stated = [manifest.get(name) for name in ("fhirVersions", "fhir-version-list")]
    versions = [one for listed in stated if isinstance(listed, list) for one in listed if isinstance(one, str)]
    if versions and not any(one.startswith(FHIR_VERSION) for one in versions):
        raise Unreadable(f"{path} is for another version of FHIR: give a package for R4 ({FHIR_VERSION})")
