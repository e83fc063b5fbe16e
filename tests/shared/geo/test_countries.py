"""Countries of plots against OpenStreetMap's borders, real parcels and small worlds drawn by hand."""

import csv
from collections import Counter
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import Geod

from shared.geo.boundaries import Boundaries, boundaries_of, natural_earth, subdivided
from shared.geo.countries import detect, land_within
from shared.geo.country_names import alpha3

SHARE_PCT = {"uniform": 99.37, "border<= 20km": 89.65, "border<= 5km": 74.1, "border<= 1km": 54.9}
"""What country_detection_accuracy.csv gives for Natural Earth 1:10m; near a border these 6000 of its 29,000 points are 0.5 % off."""
README_PCT = {"uniform": (99.4, 1), "border<= 20km": (89.7, 1), "border<= 5km": (74, 0)}
"""The row of the README itself, with its digits."""
PARCELS = {
    "ai4sf_vietnam_100.gpkg": "VNM",
    "jecam_burkina_100.geojson": "BFA",
    "lem_bahia_brazil_100.gpkg": "BRA",
    "radiant_uganda_fields.geojson": "UGA",
    "netherlands_brp_100.gpkg": "NLD",
    "japan_fude_100.parquet": "JPN",
}
GEOD = Geod(ellps="WGS84")


def _world() -> Boundaries:
    """AA from 0 to 10 degrees east, BB from 10 to 20, both from the equator to 10 degrees north; sea all round."""
    return boundaries_of(["AA", "BB"], np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)]))


def _away(lon: float, lat: float, azimuth_deg: float, distance_m: float) -> tuple[float, float]:
    east, north, _ = GEOD.fwd(lon, lat, azimuth_deg, distance_m)
    return float(east), float(north)


def test_points_get_the_country_that_openstreetmap_gives_them(shared_data: Path) -> None:
    rows = list(csv.DictReader((shared_data / "boundaries" / "country_points_osm.csv").open()))
    found = detect(natural_earth(), shapely.points([(float(row["lon"]), float(row["lat"])) for row in rows]))
    right: Counter[str] = Counter()
    for row, code in zip(rows, found.code, strict=True):
        right[row["stratum"]] += code is not None and alpha3(code) == row["iso3"]
    points = Counter(row["stratum"] for row in rows)
    share_pct = {stratum: 100 * right[stratum] / points[stratum] for stratum in points}
    assert all(share_pct[stratum] >= least for stratum, least in SHARE_PCT.items()), share_pct
    assert all(round(share_pct[stratum], digits) >= told for stratum, (told, digits) in README_PCT.items()), share_pct


@pytest.mark.long
def test_nearly_every_wrong_country_is_marked_as_uncertain(shared_data: Path) -> None:
    rows = list(csv.DictReader((shared_data / "boundaries" / "country_points_osm.csv").open()))
    found = detect(natural_earth(), shapely.points([(float(row["lon"]), float(row["lat"])) for row in rows]))
    wrong = [at for at, row in enumerate(rows) if found.code[at] is not None and alpha3(found.code[at] or "") != row["iso3"]]
    assert len(wrong) > 500
    assert found.near_second[wrong].mean() > 0.99
    uniform = np.array([row["stratum"] == "uniform" for row in rows])
    assert found.near_second[uniform].mean() < 0.06


def test_real_parcels_get_their_country(shared_data: Path) -> None:
    right = total = 0
    for name, iso3 in PARCELS.items():
        path = shared_data / "plots" / name
        frame = geopandas.read_parquet(path) if path.suffix == ".parquet" else geopandas.read_file(path)
        codes = detect(natural_earth(), frame.to_crs(4326).geometry.to_numpy()).code
        total += len(codes)
        right += sum(code is not None and alpha3(code) == iso3 for code in codes)
    assert total == 734
    assert right >= 732


@pytest.mark.parametrize(("west", "east", "code"), [(9.99, 10.02, "BB"), (9.98, 10.01, "AA"), (9.99, 10.01, "AA"), (3.0, 3.01, "AA")])
def test_a_polygon_belongs_to_the_country_with_most_of_it(west: float, east: float, code: str) -> None:
    found = detect(_world(), np.array([shapely.box(west, 5, east, 5.01)]))
    assert found.code == [code]
    assert not found.snapped[0]
    assert bool(found.near_second[0]) == (west > 9)


def test_overlap_is_measured_on_the_ground_not_in_degrees() -> None:
    world = boundaries_of(["LO", "UP"], np.array([shapely.box(0, 0, 10, 60), shapely.box(0, 60, 10, 80)]))
    found = detect(world, np.array([shapely.box(5, 57, 5.1, 63.1)]))
    assert found.code == ["LO"]  # 3.0 of 6.1 degrees of latitude, but more of the ground


def test_overlap_is_summed_over_the_pieces_of_a_country() -> None:
    stripes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 1.4, 1), shapely.box(1.4, 0, 2, 1)]
    world = boundaries_of(["AA", "BB", "AA"], np.array(stripes))
    assert detect(world, np.array([shapely.box(0.8, 0.4, 1.7, 0.6)])).code == ["AA"]


def test_off_the_coast_the_nearest_country_counts_for_five_kilometres() -> None:
    points = [_away(5, 10, 0, 4_800), _away(5, 10, 0, 5_200), _away(0, 5, 270, 4_800), _away(0, 5, 270, 5_200), (5.0, 9.9)]
    found = detect(_world(), shapely.points(points))
    assert found.code == ["AA", None, "AA", None, "AA"]
    assert found.snapped.tolist() == [True, False, True, False, False]


def test_of_two_near_coasts_the_nearer_one_counts_and_the_other_is_told() -> None:
    world = boundaries_of(["AA", "BB"], np.array([shapely.box(0, 0, 1, 1), shapely.box(1.05, 0, 2, 1)]))
    found = detect(world, shapely.points([(1.02, 0.5), (1.03, 0.5)]))
    assert found.code == ["AA", "BB"]
    assert found.snapped.all() and found.near_second.all()


@pytest.mark.parametrize("lat", [0.0, 5.0, -33.0, 52.0])
def test_a_plot_within_five_kilometres_of_a_second_country_is_marked(lat: float) -> None:
    world = boundaries_of(["AA", "BB"], np.array([shapely.box(0, -60, 10, 60), shapely.box(10, -60, 20, 60)]))
    found = detect(world, shapely.points([_away(10, lat, 90, 4_800), _away(10, lat, 90, 5_200), _away(10, lat, 270, 4_800), (15.0, lat)]))
    assert found.code == ["BB", "BB", "AA", "BB"]
    assert found.near_second.tolist() == [True, False, True, False]


def test_a_point_on_a_border_goes_to_the_first_code() -> None:
    found = detect(_world(), shapely.points([(10.0, 5.0)]))
    assert found.code == ["AA"]
    assert found.near_second.all()


def test_the_middle_of_the_ocean_is_no_country() -> None:
    found = detect(natural_earth(), shapely.points([(-30.0, -40.0), (0.0, 0.0)]))
    assert found.code == [None, None]
    assert not found.snapped.any() and not found.near_second.any()


def test_no_plots_are_no_countries() -> None:
    found = detect(_world(), np.empty(0, dtype=object))
    assert (found.code, len(found.snapped), len(found.near_second)) == ([], 0, 0)


def test_land_is_within_reach_or_not() -> None:
    points = shapely.points([(5.0, 5.0), _away(5, 10, 0, 900), _away(5, 10, 0, 1_100), (-30.0, -40.0)])
    assert land_within(_world(), points, 1.0).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ((30.0, 23.0), "EG"),
        ((21.16, 42.66), "XK"),
        ((-52.33, 4.93), "FR"),
        ((15.6, 78.2), "NO"),
        ((2.35, 48.85), "FR"),
        ((10.75, 59.9), "NO"),
        ((44.06, 9.56), "SO"),
        ((33.75, 21.87), None),
    ],
)
def test_what_natural_earth_codes_strangely_has_an_iso_code(place: tuple[float, float], code: str | None) -> None:
    assert detect(natural_earth(), shapely.points([place])).code == [code]


def test_pieces_cover_a_country_and_nothing_else() -> None:
    ragged = shapely.buffer(shapely.linestrings([[0.1, 0.1], [7.3, 3.2], [2.2, 9.1]]), 1.1, quad_segs=400)
    pieces, source = subdivided(np.array([ragged]))
    assert (shapely.get_num_coordinates(pieces) <= 256).all() and (source == 0).all()
    assert shapely.area(shapely.symmetric_difference(shapely.union_all(pieces), ragged)) == pytest.approx(0, abs=1e-9)
    assert shapely.area(pieces).sum() == pytest.approx(shapely.area(ragged))


def test_the_packaged_pieces_are_the_countries_of_natural_earth(shared_data: Path) -> None:
    frame = geopandas.read_file(shared_data / "boundaries" / "ne_10m_admin0_deu.gpkg")
    ghana = frame[frame["ISO_A3_EH"] == "GHA"].geometry.iloc[0]
    world = natural_earth()
    ours = world.pieces[world.owner == world.countries.index("GH")]
    assert shapely.is_valid(world.pieces).all()
    assert shapely.area(shapely.symmetric_difference(shapely.union_all(ours), ghana)) == pytest.approx(0, abs=1e-9)
