"""What a reader of plots must know: limits of the deployment and choices of the order."""

from dataclasses import dataclass
from typing import Final

from contracts.v1.batch import BatchParameters

MIB: Final = 1 << 20
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

    @classmethod
    def of(cls, parameters: BatchParameters, limits: Limits) -> "Rules":
        """The rules of one order."""
        return cls(limits, parameters.repair != "off", parameters.validate_locations, parameters.plot_id_column)
