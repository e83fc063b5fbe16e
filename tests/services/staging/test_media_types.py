"""Every format that is published has a reader, and a file is read as what it is declared and is."""

from typing import Any

import pytest

from contracts.formats import BY_MEDIA_TYPE, BY_SUFFIX, FORMATS
from services.staging.faults import FileRefused
from services.staging.media_types import READERS

HEADS = {
    "JSON": b' \n{"type":',
    "Parquet": b"PAR1",
    "a ZIP archive": b"PK\x03\x04",
    "SQLite or GeoPackage": b"SQLite format 3\x00",
    "XML": b"\xef\xbb\xbf<kml",
    "PDF": b"%PDF-1.7",
    "compressed by gzip": b"\x1f\x8b\x08",
}


def test_each_type_and_ending_belongs_to_one_format_and_each_format_has_a_reader() -> None:
    assert len(BY_MEDIA_TYPE) == sum(len(each.media_types) for each in FORMATS)
    assert len(BY_SUFFIX) == sum(len(each.suffixes) for each in FORMATS)
    assert set(READERS) == set(FORMATS)


@pytest.mark.parametrize("media_type", BY_MEDIA_TYPE)
@pytest.mark.parametrize("found", HEADS)
def test_content_of_another_kind_than_declared_is_refused(staged: Any, media_type: str, found: str) -> None:
    if found in READERS[BY_MEDIA_TYPE[media_type]][1]:
        return
    with pytest.raises(FileRefused) as refused:
        staged(HEADS[found] + b"\0" * 60, media_type)
    assert (refused.value.code, refused.value.http_status) == ("content_mismatch", 415)
    assert found in refused.value.detail


def test_an_unread_type_is_refused_with_the_formats_that_are_read(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged("x", "application/pdf")
    assert refused.value.code == "unsupported_media_type"
    assert all(each.name in refused.value.detail for each in FORMATS)
