"""What a reader of plots must know: limits of the deployment and choices of the order."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.v1.batch import BatchParameters

MIB: Final = 1 << 20
SLICE: Final = 1000
"""Plots that are judged at once: shapely holds the interpreter meanwhile."""
NULL_ISLAND_DEG: Final = 0.01
"""Coordinates this near (0, 0) were missing ones."""
MIN_WIDTH_DEG: Final = 1e-7
"""About 1 cm: what is narrower vanishes in the rounding of the geometry hash."""
BYTES_PER_VERTEX: Final = 200
"""Room for one position of a pretty-printed file, heights included."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the deployment; the same names as in `GET /config`."""

    max_plots: int = 1_000_000
    max_vertices_per_plot: int = 100_000
    chunk_plots: int = 250
    max_decoded_bytes: int = 1024 * MIB
    """Geometries and properties of one file, decoded: they may be larger than the file."""
    boundaries: Path | None = None
    """Borders of countries in the place of those that come with the program: a file of pieces."""
    max_archive_bytes: int = 512 * MIB
    """The files of a ZIP archive together, unpacked."""

    @property
    def max_feature_bytes(self) -> int:
        """Text of one plot that is decoded at all."""
        return MIB + BYTES_PER_VERTEX * self.max_vertices_per_plot


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits and choices together, as the readers use them."""

    limits: Limits
    mend: bool
    """Mend outlines without moving a vertex; else such outlines are faulty."""
    null_island: bool
    plot_id_column: str | None
    assume_crs: str | None = None
    """Reference system of a file that names none."""
    layer: str | None = None
    """The layer to read of a file that holds several."""

    @classmethod
    def of(cls, parameters: BatchParameters, limits: Limits) -> "Rules":
        """The rules of one order."""
        return cls(
            limits,
            mend=parameters.repair != "off",
            null_island=parameters.validate_locations,
            plot_id_column=parameters.plot_id_column,
            assume_crs=parameters.assume_crs,
            layer=parameters.layer,
        )
