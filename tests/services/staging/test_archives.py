"""Archives of strangers: nothing is written outside one folder, and nothing is unpacked beyond its limits."""

import io
import stat
import struct
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from services.staging.archive import MAX_MEMBERS, open_archive
from services.staging.faults import FileRefused
from services.staging.rules import MIB, Limits
from tests.services.staging.pack import KMZ, SHAPEFILE, kml, kml_polygon, placemark, zipped


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def refusal(tmp_path: Path, packed: bytes, max_bytes: int = MIB) -> FileRefused:
    path = tmp_path / "archive.zip"
    path.write_bytes(packed)
    with pytest.raises(FileRefused) as caught:
        unpack_all(path, max_bytes, tmp_path)
    return caught.value


def unpack_all(path: Path, max_bytes: int, folder: Path) -> None:
    with open_archive(path, max_bytes) as archive:
        for number, name in enumerate(archive.files):
            archive.unpack(name, folder / str(number))


@pytest.mark.parametrize("name", ["/etc/plots.shp", "../plots.shp", "a/../../plots.shp", "C:/plots.shp", "a\\plots.shp", "..", "a\nb.shp"])
def test_a_member_that_is_no_plain_path_is_refused(tmp_path: Path, name: str) -> None:
    error = refusal(tmp_path, zipped({name: b"x"}))
    assert (error.code, error.http_status) == ("archive_unsafe_path", 422)


def test_a_name_that_is_cut_at_nul_is_refused(tmp_path: Path) -> None:
    packed = zipped({"plots.shp?": b"x"}).replace(b"plots.shp?", b"plots.shp\0")
    assert refusal(tmp_path, packed).code == "archive_unsafe_path"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    assert refusal(tmp_path, zipped({"plots.shp": b"/etc/passwd"}, mode=kind | 0o777)).code == "archive_unsafe_path"


@pytest.mark.parametrize("name", ["inner.zip", "inner.KMZ", "inner.tar", "a/inner.gz"])
def test_an_archive_in_an_archive_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, zipped({name: b"x"})).code == "archive_limits"


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, zipped({f"{i}.txt": b"" for i in range(MAX_MEMBERS + 1)})).code == "archive_limits"


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, zipped({"a.shp": bytes(MIB), "b.shp": b"x"})).code == "archive_limits"


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    packed = zipped({"a.shp": bytes(100 * MIB)})
    assert len(packed) < MIB
    error = refusal(tmp_path, packed, 1024 * MIB)
    assert error.code == "archive_limits" and "100 times" in error.detail


def test_a_member_that_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    packed = zipped({"a.shp": bytes(MIB)})
    forged = packed.replace(struct.pack("<I", MIB), struct.pack("<I", 1000))
    assert forged != packed
    error = refusal(tmp_path, forged)
    assert error.code == "archive_malformed"
    assert sum(path.stat().st_size for path in tmp_path.glob("[0-9]")) <= 1000


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["plots.shp", "PLOTS.shp"])
def test_a_name_that_occurs_twice_is_refused(tmp_path: Path, second: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("plots.shp", b"1")
        archive.writestr(second, b"2")
    assert refusal(tmp_path, packed.getvalue()).code == "archive_malformed"


def test_encrypted_and_unusual_members_are_refused(tmp_path: Path) -> None:
    plain = zipped({"a.shp": b"x" * 100})
    at = plain.index(b"PK\x01\x02")
    encrypted = bytearray(plain)
    encrypted[6] |= 1
    encrypted[at + 8] |= 1
    unusual = bytearray(plain)
    unusual[8:10] = unusual[at + 10 : at + 12] = struct.pack("<H", zipfile.ZIP_LZMA)
    for packed in (encrypted, unusual):
        assert refusal(tmp_path, bytes(packed)).code == "archive_malformed"


@pytest.mark.parametrize("damage", [lambda body: body[:40], lambda body: body[:-30], lambda body: body[:60] + bytes(20) + body[80:]])
def test_a_damaged_archive_is_refused(tmp_path: Path, damage: Any) -> None:
    error = refusal(tmp_path, damage(zipped({"a.shp": bytes(range(256)) * 10})))
    assert (error.code, error.http_status) == ("archive_malformed", 400)


@pytest.mark.parametrize("media_type", [SHAPEFILE, KMZ])
def test_readers_of_archives_refuse_unsafe_ones_and_leave_nothing(staged: Any, temporary: Path, media_type: str) -> None:
    for packed, code in (
        (zipped({"../plots.shp": b"x"}), "archive_unsafe_path"),
        (zipped({"inner.zip": b"x"}), "archive_limits"),
        (zipped({"plots.shp": bytes(2 * MIB)}), "archive_limits"),
        (b"PK\x03\x04nothing", "archive_malformed"),
    ):
        with pytest.raises(FileRefused) as caught:
            staged(packed, media_type, limits=Limits(max_archive_bytes=MIB))
        assert caught.value.code == code
    assert list(temporary.iterdir()) == []


def test_a_kmz_is_read_beside_its_pictures_and_the_shadows_of_macos(staged: Any, temporary: Path) -> None:
    members = {"doc.kml": kml(placemark(kml_polygon())), "files/icon.png": b"\x89PNG", "__MACOSX/._doc.kml": b"\0"}
    assert staged(zipped(members), KMZ).accepted == 1
    assert list(temporary.iterdir()) == []


def test_a_kmz_of_several_documents_or_none_is_refused(staged: Any) -> None:
    document = kml(placemark(kml_polygon()))
    for members, code in (({"a.kml": document, "b.kml": document}, "ambiguous_layers"), ({"a.png": b""}, "no_features")):
        with pytest.raises(FileRefused) as caught:
            staged(zipped(members), KMZ)
        assert caught.value.code == code
    assert staged(zipped({"a.kml": document, "b.kml": kml()}), KMZ, layer="a.kml").accepted == 1
