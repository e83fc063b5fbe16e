"""How much of a supply base something holds, and from which share on a value of it is published; pure."""

from dataclasses import dataclass
from typing import Final

LEAST_VALID_SHARE: Final = 0.5
"""A value is null when plots with a value hold less than this share of the area (methods, part 10)."""
PARTIAL_BELOW_SHARE: Final = 0.95
"""Below this share a value is published as partial."""
TOO_LITTLE: Final = "valid_area_below_50_pct"
DIGITS: Final = 9


@dataclass
class Weight:
    """How many plots have something, and their area where it is known; ha."""

    plots: int = 0
    area_ha: float = 0.0
    without_area: int = 0

    def add(self, area_ha: float | None) -> None:
        """Count one plot."""
        self.plots += 1
        if area_ha is None:
            self.without_area += 1
        else:
            self.area_ha += area_ha

    @property
    def known_area_ha(self) -> float | None:
        """The area, or None when a plot's is not known: missing is not zero."""
        return None if self.without_area else round(self.area_ha, DIGITS)
