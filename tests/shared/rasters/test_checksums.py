"""Checksums name the bytes that were read."""

from hashlib import sha256
from pathlib import Path

from shared.rasters.checksums import checksum, file_state


def test_a_tile_is_hashed_whole(tmp_path: Path) -> None:
    path = tmp_path / "tile.tif"
    path.write_bytes(b"bytes of a tile")
    assert checksum(file_state(path)) == f"sha256:{sha256(b'bytes of a tile').hexdigest()}"


def test_a_changed_file_has_another_checksum(tmp_path: Path) -> None:
    path = tmp_path / "tile.tif"
    path.write_bytes(b"before")
    before = checksum(file_state(path))
    path.write_bytes(b"after it was replaced")
    assert checksum(file_state(path)) != before


def test_a_huge_file_is_sampled_and_says_so(tmp_path: Path) -> None:
    path, other = tmp_path / "a.tif", tmp_path / "b.tif"
    path.write_bytes(bytes(3_000_000))
    other.write_bytes(bytes(2_999_999) + b"x")
    one, two = (checksum(file_state(file), whole_file_limit=1_000_000) for file in (path, other))
    assert one.startswith("sampled-sha256:") and one != two
