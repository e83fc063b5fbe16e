"""A plot as it was read from a file, before it is judged together with others."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.staging.faults import PlotFault

Geometries = NDArray[np.object_]
"""Shapely geometries, or None where there is none."""


@dataclass(slots=True)
class Outline:
    """The rings of one plot: closed, finite and two-dimensional; or one point. Where it lies is not judged yet."""

    kind: str
    """`Point`, `Polygon` or `MultiPolygon`."""
    x: "array[float]" = field(default_factory=lambda: array("d"))
    """Abscissas of all rings, one after the other, in the units of the file."""
    y: "array[float]" = field(default_factory=lambda: array("d"))
    ring_sizes: list[int] = field(default_factory=list)
    """Positions of each ring."""
    part_rings: list[int] = field(default_factory=list)
    """Rings of each polygon, the shell first."""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Draft:
    """One plot of the file: an outline, or the fault that keeps it from having one."""

    feature_index: int
    outline: Outline | PlotFault
    properties: str = "{}"
    """JSON text of an object, values as given."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """Texts that may serve as plot id, by the name that is looked for."""
    declared_area_ha: float | None = None
    decimals: int | None = None
    """Decimals of its coordinates as they were written, at most 6; None when the text does not say."""
