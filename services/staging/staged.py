"""What staging a file answers, for those who never read one themselves: without what reading imports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.staging.confidence import Confidence
from services.staging.country import CountryOverride
from services.staging.faults import Rejection

Bounds = tuple[float, float, float, float]
Progress = Callable[[int, int | None], None]
"""Hears plots done, and plots of the file, None while that is not known; what it raises ends the staging."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of a file."""

    total: int
    accepted: int
    rejected: Sequence[Rejection]
    """Plots that are left out, each with its first fault, in the order of the file."""
    warnings: dict[str, int]
    """Accepted plots by the code of a note; 1 for a note about the whole file."""
    path: Path
    """The staged GeoParquet file."""
    size_bytes: int
    chunks: list[int]
    """Plots of each row group."""
    bounds: Bounds
    """West, south, east, north in degrees."""
    area_ha_total: float
    """Sum over polygons and over points that declare an area."""
    source_crs: str | None = None
    """Reference system that the plots were reprojected from, as `EPSG:32648`; None when they came as longitude and latitude."""
    confidence: Confidence | None = None
    """How far the locations can be trusted; None when they are not validated."""
    skip_reason: str | None = None
    """Why the collection is not processed further; None when it is."""
    country: str | None = None
    """ISO 3166-1 alpha-2 of the country that the collection is processed with."""
    country_override: CountryOverride | None = None
