"""The country of a collection: half of all locations override the given one; and borders from a file of one's own."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from services.staging.boundaries_file import prepared_boundaries
from services.staging.country import settle_country
from shared.errors import Refused
from shared.geo.boundaries import read_boundaries
from shared.geo.countries import detect


def plots(**counts: int) -> list[str | None]:
    """Countries of plots: so many of each; `none` for those outside all."""
    return [None if code == "none" else code for code, count in counts.items() for _ in range(count)]


def test_the_override_says_what_the_documented_one_says() -> None:
    verdict = settle_country("Ghana", plots(NG=75, GH=25))
    assert verdict.country == "NG" and verdict.override is not None
    assert verdict.override.was_overridden
    assert (verdict.override.original_country, verdict.override.detected_country) == ("Ghana", "Nigeria")
    assert verdict.override.message == (
        "Country automatically overridden from 'Ghana' to 'Nigeria' based on file locations (75/100 locations in Nigeria)"
    )


@pytest.mark.parametrize(
    ("given", "counts", "country", "overridden"),
    [
        ("Ghana", {"GH": 10}, "GH", False),
        ("gha", {"GH": 6, "NG": 4}, "GH", False),
        ("Ghana", {"NG": 5, "GH": 5}, "GH", False),  # half against half: the given one stays
        ("Ghana", {"NG": 5, "TG": 5}, "GH", False),  # no other country leads
        ("Ghana", {"NG": 50, "GH": 30, "TG": 20}, "NG", True),  # exactly half
        ("Ghana", {"NG": 49, "GH": 1, "none": 50}, "GH", False),  # a share of all locations, not of those in a country
        ("Ghana", {"NG": 50, "GH": 1, "none": 49}, "NG", True),
        ("Ghana", {"none": 3}, "GH", False),
        ("Ghana", {}, "GH", False),
        (None, {"NG": 3, "GH": 2}, "NG", False),
        ("  ", {"NG": 3}, "NG", False),
        (None, {"NG": 1, "GH": 1}, None, False),  # nobody leads: not guessed
        (None, {"none": 2}, None, False),
        ("Côte d’Ivoire", {"CI": 9, "GH": 1}, "CI", False),  # codes are compared, not spellings
        ("Ivory Coast", {"GH": 2}, "GH", True),
    ],
)
def test_who_wins(given: str | None, counts: dict[str, int], country: str | None, overridden: bool) -> None:
    verdict = settle_country(given, plots(**counts))
    assert (verdict.country, verdict.override is not None) == (country, overridden)


def test_an_unknown_or_ambiguous_country_is_refused() -> None:
    with pytest.raises(Refused, match=r"CD .* or CG"):
        settle_country("Congo", [])
    with pytest.raises(Refused, match="Atlantis"):
        settle_country("Atlantis", [])


def world(path: Path, columns: dict[str, list[str]], crs: str = "EPSG:4326") -> Path:
    """A file of two countries side by side and an area that is nobody's."""
    shapes = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(20, 0, 30, 10)]
    frame = geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326").to_crs(crs)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path


@pytest.mark.parametrize("name", ["own.gpkg", "own.parquet"])
@pytest.mark.parametrize(
    "columns", [{"shapeGroup": ["GHA", "TGO", "112"]}, {"ISO_A2": ["gh", "TG", "-99"]}, {"ISO_A3": ["GHA", "TGO", None]}]
)
def test_borders_of_ones_own_take_the_place(tmp_path: Path, name: str, columns: dict[str, list[str]]) -> None:
    ready = prepared_boundaries(world(tmp_path / name, columns), tmp_path)
    found = detect(read_boundaries(ready), shapely.points([(5.0, 5.0), (15.0, 5.0), (25.0, 5.0), (9.99, 5.0)]))
    assert found.code == ["GH", "TG", None, "GH"]
    assert found.near_second.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("columns", "crs", "why"),
    [({"name": ["Ghana", "Togo", "?"]}, "EPSG:4326", "ISO"), ({"ISO_A2": ["GH", "TG", "?"]}, "EPSG:3857", "EPSG:4326")],
)
def test_borders_that_cannot_be_used_are_refused(tmp_path: Path, columns: dict[str, list[str]], crs: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        prepared_boundaries(world(tmp_path / "own.gpkg", columns, crs), tmp_path)
    assert refused.value.code == "boundaries_not_usable"


def test_borders_that_do_not_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.gpkg").write_bytes(b"no such thing")
    with pytest.raises(Refused, match="does not read"):
        prepared_boundaries(tmp_path / "own.gpkg", tmp_path)
    with pytest.raises(Refused, match="does not read"):
        prepared_boundaries(tmp_path / "none.parquet", tmp_path)


@pytest.mark.long
def test_natural_earth_as_a_file_of_ones_own_gives_the_same_countries(tmp_path: Path, shared_data: Path) -> None:
    ready = prepared_boundaries(shared_data / "boundaries" / "ne_50m_admin0.gpkg", tmp_path)
    points = shapely.points(np.array([(-1.5, 6.5), (7.4, 9.0), (-60.0, -3.0), (105.8, 21.0)]))
    assert detect(read_boundaries(ready), points).code == ["GH", "NG", "BR", "VN"]
