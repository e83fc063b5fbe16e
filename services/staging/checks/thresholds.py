"""The thresholds of the checks, as thresholds.toml says them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Decimals:
    """Digits after the point."""

    enough: int
    dropped_zeros: int


@dataclass(frozen=True, slots=True)
class Area:
    """Plots that are too small or too large; ha."""

    too_small_ha: float
    tiny_ha: float
    huge_smallholder_ha: float
    huge_ha: float
    smallholder_crops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Eudr:
    """What the regulation asks of points."""

    point_max_ha: float
    without_polygons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """Outlines that nobody walked."""

    sliver_below: float
    grid_deg: float
    grid_tolerance_deg: float
    regular_share: float
    circle_vertices: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """Plots that lie on each other, and how much is compared."""

    near_duplicate_iou: float
    overlap_share: float
    duplicate_grid_deg: float
    most_at_a_place: int
    pair_work: int
    work_a_plot: int
    least_work: int


@dataclass(frozen=True, slots=True)
class Places:
    """Sea, and swapped axes."""

    sea_km: float
    swapped_pct: int
    unswapped_pct: int


@dataclass(frozen=True, slots=True)
class Confidence:
    """Grades of a plot and of a collection."""

    high_from: int
    medium_from: int
    error_penalty: int
    high_pct: int
    low_pct: int
    outside_pct: int


_FILE: Final = tomllib.loads(Path(__file__).with_name("thresholds.toml").read_text(encoding="utf-8"))

DECIMALS: Final = Decimals(**_FILE["decimals"])
AREA: Final = Area(**_FILE["area"])
EUDR: Final = Eudr(**_FILE["eudr"])
SHAPE: Final = Shape(**_FILE["shape"])
PAIRS: Final = Pairs(**_FILE["pairs"])
PLACES: Final = Places(**_FILE["places"])
CONFIDENCE: Final = Confidence(**_FILE["confidence"])
TRACES_BYTES: Final[int] = _FILE["file"]["traces_bytes"]
LISTED_PER_CODE: Final[int] = _FILE["findings"]["listed_per_code"]
