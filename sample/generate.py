"""Writes the demo: layers, plots, what is expected of them, and a note that all of it is made up."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from sample.basins import write_basins
from sample.crowd import Feature, feature, multipolygon, places, polygon, write_features
from sample.faulty import FAULTY
from sample.landscape import CUTOFF_YEAR, countryside
from sample.sites import SITES, expected, geometry, paint_sites
from sample.stand_tiles import write_biomass, write_drivers, write_land_cover, write_stand_layers
from sample.tiles import write_layers
from sample.weather import write_weather

RANDOM_POLYGONS: Final = 72
RANDOM_HOLES: Final = 5
"""Of the random polygons."""
RANDOM_POINTS: Final = 8
RANDOM_MULTIPOLYGONS: Final = 5
WINDOW: Final = {"start_date": "2017-01-01", "end_date": "2025-12-31"}
"""What the expectations assume: with a later end the layers may count as too old to clear a plot."""
README: Final = """SYNTHETIC DATA. Nothing in this folder says anything about a real place, a real farm or a real person.

layers/                  files of the data sets below with the names, grids, types and encodings of the published ones, but with
                         invented content in about 0.15 x 0.15 degrees and nothing elsewhere. They are not the data of their
                         publishers. Every file carries the tag SYNTHETIC=yes.
                           forest and its loss:  hansen_gfc, jrc_gfc2020, jrc_tmf
                           carbon:               cci_agb 2015-2022, drivers_1km
                           living things:        eth_chm, worldcover, worldcover_2020, bii_io 2017-2020
                           water, cut to a degree: aqueduct40 (two invented basins), chirps3 and terraclimate 2024-2025
synthetic_plots.geojson  invented plots, each with the property "synthetic": true. Those named SYN-BAD-* are faulty on purpose.
truth.json               what a correct check finds for the designed plots, and why the faulty ones are refused.

Written by `python -m sample`, the same every time.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """Where the demo lies."""

    layers_dir: Path
    plots_file: Path
    truth_file: Path


def generate(destination: Path) -> Sample:
    """Write the whole demo into the folder `destination` (made if missing), the same bytes every time."""
    land = countryside()
    paint_sites(land)
    sample = Sample(destination / "layers", destination / "synthetic_plots.geojson", destination / "truth.json")
    write_layers(land, sample.layers_dir)
    write_stand_layers(land, sample.layers_dir)
    write_weather(sample.layers_dir)
    write_basins(sample.layers_dir)
    features = [*_designed(), *_scattered(Random(7)), *_faulty()]
    write_features(sample.plots_file, map(json.dumps, features))
    sample.truth_file.write_text(json.dumps(_truth(features), indent=1) + "\n", encoding="utf-8")
    (destination / "README.txt").write_text(README, encoding="utf-8")
    return sample


def generate_land(layers: Path, rows: int, cols: int) -> Path:
    """Write the layers of forest, of its loss and of its carbon over a countryside of so many cells, for benchmarks: no sites in it.

    It may reach to 6 N and 3 E: the tiles of three degrees go no further.
    """
    land = countryside(rows=rows, cols=cols)
    write_layers(land, layers)
    write_biomass(land, layers)
    write_land_cover(land, layers, (CUTOFF_YEAR,))
    write_drivers(land, layers)
    return layers


def _designed() -> Iterator[Feature]:
    dice = Random(1)
    for number, site in enumerate(SITES):
        more = {} if site.point_area_ha is None else {"area_ha": site.point_area_ha}
        yield feature(f"SYN-{number + 1:03d}", geometry(number), dice, **more)


def _scattered(dice: Random) -> Iterator[Feature]:
    """Plots over the countryside; every second point tells its area."""
    ids = (f"SYN-{number:03d}" for number in range(len(SITES) + 1, 1000))
    for number, at in enumerate(places(dice, RANDOM_POLYGONS)):
        yield feature(next(ids), polygon(dice, at, hole=number < RANDOM_HOLES), dice)
    for at in places(dice, RANDOM_MULTIPOLYGONS):
        yield feature(next(ids), multipolygon(dice, at), dice)
    for number, at in enumerate(places(dice, RANDOM_POINTS)):
        point = {"type": "Point", "coordinates": [round(at[0], 7), round(at[1], 7)]}
        yield feature(next(ids), point, dice, **({"area_ha": round(dice.uniform(0.3, 3.9), 2)} if number % 2 else {}))
    yield feature("SYN-DUPLICATE-of-SYN-001", geometry(0), dice)


def _faulty() -> Iterator[Feature]:
    dice = Random(3)
    return (feature(f"SYN-BAD-{fault}", geometry, dice) for fault, _, geometry in FAULTY)


def _truth(features: list[Feature]) -> dict[str, Any]:
    return {
        "synthetic": True,
        "window": WINDOW,
        "plots": [{"plotid": f"SYN-{number + 1:03d}", **expected(number)} for number in range(len(SITES))],
        "faulty": [
            {"plotid": f"SYN-BAD-{fault}", "code": code, "feature_index": len(features) - len(FAULTY) + number}
            for number, (fault, code, _) in enumerate(FAULTY)
        ],
        "counts": {"features": len(features), "valid": len(features) - len(FAULTY), "faulty": len(FAULTY)},
    }
