"""Random plots in villages, any number of them: for the demo, for load tests and for benchmarks."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from sample.landscape import COLS, ROWS, latitude, longitude
from sample.sites import FIRST_CELL, SITE_CELLS, SITES, SITES_PER_ROW

AREA_MIN_HA: Final = 0.2
AREA_MAX_HA: Final = 40.0
AREA_MEDIAN_HA: Final = 2.5
_AREA_SIGMA: Final = 1.0
_MARGIN_CELLS: Final = 24
"""No plot of 40 ha reaches the border of the region from here."""
_TOP_ROW: Final = FIRST_CELL + SITE_CELLS * math.ceil(len(SITES) / SITES_PER_ROW) + _MARGIN_CELLS
"""Random plots lie south of the designed sites."""
_VILLAGES: Final = 12
_M_PER_DEGREE: Final = 110_574.0, 111_320.0
"""Of latitude, and of longitude on the equator: good to some 0.1 % here, and nobody is promised more."""
CROPS: Final = ("cocoa", "coffee", "oil palm", "rubber", "soy")

Feature = dict[str, Any]


def many(destination: Path, plots: int, seed: int, rows: int = ROWS, cols: int = COLS) -> Path:
    """Write `plots` valid random plots of 0.2 to 40 ha over the region to the GeoJSON file `destination`; equal seeds, equal bytes.

    `rows` and `cols` are those of a larger region, as of `countryside`.
    """
    dice = Random(seed)
    lines = (
        json.dumps(feature(f"SYN-{seed}-{number:07d}", polygon(dice, at), dice))
        for number, at in enumerate(places(dice, plots, rows, cols), 1)
    )
    return write_features(destination, lines)


def write_features(destination: Path, lines: Iterator[str]) -> Path:
    """Write features, each one a line of JSON, as a FeatureCollection; streams."""
    with destination.open("w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "name": "SYNTHETIC plots of Plotproof: no real place", "features": [')
        for number, line in enumerate(lines):
            file.write((",\n" if number else "\n") + line)
        file.write("\n]}\n")
    return destination


def feature(plot_id: str, geometry: dict[str, Any] | None, dice: Random, **more: Any) -> Feature:
    """A GeoJSON feature that says of itself that it is synthetic."""
    properties = {"plotid": plot_id, "farmer": f"Farmer {dice.randrange(1000):03d}", "crop": dice.choice(CROPS), **more, "synthetic": True}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def places(dice: Random, count: int, rows: int = ROWS, cols: int = COLS) -> Iterator[tuple[float, float]]:
    """Longitude and latitude of `count` plots, scattered round villages; a larger region has more of these."""
    last_row, last_col = rows - _MARGIN_CELLS, cols - _MARGIN_CELLS
    number = _VILLAGES * rows * cols // (ROWS * COLS)
    villages = [(dice.uniform(_TOP_ROW, last_row), dice.uniform(_MARGIN_CELLS, last_col)) for _ in range(number)]
    for _ in range(count):
        row, col = dice.choice(villages)
        row = min(max(dice.gauss(row, 30), _TOP_ROW), last_row)
        col = min(max(dice.gauss(col, 30), _MARGIN_CELLS), last_col)
        yield longitude(col), latitude(row)


def area_ha(dice: Random) -> float:
    """A lognormal plot size, drawn again until it is in bounds; hectares."""
    while True:
        size = AREA_MEDIAN_HA * math.exp(dice.gauss(0, _AREA_SIGMA))
        if AREA_MIN_HA * 1.01 < size < AREA_MAX_HA * 0.99:
            return size


def polygon(dice: Random, at: tuple[float, float], hole: bool = False) -> dict[str, Any]:
    """A valid polygon round a place, of five to twelve corners, or with a hole in its middle."""
    outer = star(dice, at, area_ha(dice))
    rings = [outer, [[round(at[i] + (p[i] - at[i]) * 0.3, 7) for i in (0, 1)] for p in outer[::-1]]] if hole else [outer]
    return {"type": "Polygon", "coordinates": rings}


def multipolygon(dice: Random, at: tuple[float, float]) -> dict[str, Any]:
    """Two or three small fields beside each other."""
    parts = [[star(dice, (at[0] + 0.0016 * part, at[1]), dice.uniform(0.3, 1.0))] for part in range(dice.randrange(2, 4))]
    return {"type": "MultiPolygon", "coordinates": parts}


def star(dice: Random, at: tuple[float, float], size_ha: float) -> list[list[float]]:
    """A closed ring, counter-clockwise, that is seen whole from `at` and so never crosses itself; 7 decimals."""
    count = dice.randrange(5, 13)
    turns = [2 * math.pi * (corner + dice.uniform(-0.3, 0.3)) / count for corner in range(count)]
    reach = [dice.uniform(0.75, 1.25) for _ in turns]
    wedges = (reach[i - 1] * reach[i] * math.sin(turns[i] - turns[i - 1]) / 2 for i in range(count))
    scale_m = math.sqrt(size_ha * 10_000 / math.fsum(wedges))
    per_lat, per_lon = _M_PER_DEGREE[0], _M_PER_DEGREE[1] * math.cos(math.radians(at[1]))
    ring = [
        [round(at[0] + scale_m * r * math.cos(t) / per_lon, 7), round(at[1] + scale_m * r * math.sin(t) / per_lat, 7)]
        for t, r in zip(turns, reach, strict=True)
    ]
    return [*ring, ring[0]]
