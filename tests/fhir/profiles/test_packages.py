"""FHIR packages of a deployer: read as they are published, and nothing else is."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from service.errors import Unreadable
from service.fhir.profiles import packages

ONE: dict[str, Any] = {"resourceType": "ValueSet", "url": "urn:one"}
MANIFEST = {"name": "an.example", "version": "1.0.0", "fhirVersions": ["4.0.1"]}


def packed(path: Path, files: dict[str, Any]) -> Path:
    with tarfile.open(path, "w:gz") as package:
        for name, body in files.items():
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            package.addfile(member, io.BytesIO(content))
    return path


def folder(path: Path, files: dict[str, Any]) -> Path:
    for name, body in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(json.dumps(body))
    return path


PUBLISHED = {
    "package/package.json": MANIFEST,
    "package/.index.json": {"index-version": 1},
    "package/ValueSet-one.json": ONE,
    "package/examples/Patient-x.json": {"resourceType": "Patient"},
}


def test_the_resources_of_an_archive_are_read_and_its_examples_are_not(tmp_path: Path) -> None:
    assert list(packages.read(packed(tmp_path / "a.tgz", PUBLISHED))) == [ONE]


def test_an_unpacked_package_is_read_the_same(tmp_path: Path) -> None:
    assert list(packages.read(folder(tmp_path / "a", PUBLISHED))) == [ONE]


def test_a_folder_may_hold_folders_by_type(tmp_path: Path) -> None:
    two = {"resourceType": "CodeSystem", "url": "urn:two"}
    given = folder(tmp_path / "a", {"ValueSet/one.json": ONE, "CodeSystem/two.json": two, "examples/x.json": ONE})
    assert list(packages.read(given)) == [two, ONE]


def test_nothing_outside_of_a_package_is_read(tmp_path: Path) -> None:
    outside = folder(tmp_path, {"outside.json": {"resourceType": "ValueSet", "url": "urn:outside"}})
    given = folder(tmp_path / "a", {"ValueSet-one.json": ONE})
    (given / "linked.json").symlink_to(outside / "outside.json")
    (given / "up").symlink_to(outside)
    assert list(packages.read(given)) == [ONE]
    path = packed(tmp_path / "a.tgz", {"package/one.json": ONE, "package/../../outside.json": ONE, "/etc/x.json": ONE})
    with tarfile.open(tmp_path / "b.tgz", "w:gz") as package:
        link = tarfile.TarInfo("package/linked.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        package.addfile(link)
    assert list(packages.read(path)) == [ONE]
    with pytest.raises(Unreadable, match="no FHIR package"):
        list(packages.read(tmp_path / "b.tgz"))


@pytest.mark.parametrize("content", [b"", b"not gzip", b"\x1f\x8b\x08\x00cut off"])
def test_what_is_no_archive_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.tgz"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=r"wrong\.tgz is no FHIR package"):
        list(packages.read(path))


def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "cut.tgz", {f"package/{at}.json": {**ONE, "id": f"{at * 7919}"} for at in range(900)})
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(Unreadable, match=r"cut\.tgz"):
        list(packages.read(path))


def test_what_is_not_there_or_holds_no_resource_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", folder(tmp_path / "empty", {"package.json": MANIFEST})):
        with pytest.raises(Unreadable, match=path.name):
            list(packages.read(path))


def test_a_package_for_another_version_of_fhir_is_refused(tmp_path: Path) -> None:
    given = packed(tmp_path / "r5.tgz", {"package/package.json": {"fhirVersions": ["5.0.0"]}, "package/one.json": ONE})
    with pytest.raises(Unreadable, match="another version"):
        list(packages.read(given))


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"broken\.json cannot be read"):
        list(packages.read(packed(tmp_path / "a.tgz", {"package/broken.json": b"{"})))


@pytest.mark.parametrize(("name", "limit"), [("MOST_FILES", 2), ("LARGEST_FILE", 10), ("LARGEST_PACKAGE", 60)])
def test_a_package_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, limit: int) -> None:
    monkeypatch.setattr(packages, name, limit)
    files = {f"package/{at}.json": ONE for at in range(3)}
    for given in (packed(tmp_path / "a.tgz", files), folder(tmp_path / "a", files)):
        with pytest.raises(Unreadable, match="larger than a package may be"):
            list(packages.read(given))
