"""Which column of the N2O factors applies: stated, or by rain and dryness where layers say them (IPCC 2019, table 11.1, note)."""

from typing import Final, Literal

TROPICS_DEG: Final = 23.5
WET_TROPICS_MM: Final = 1000.0
"""In the tropics it is wet above this rain in a year; elsewhere where rain exceeds potential evapotranspiration."""


def climate_by_layers(lat_deg: float, rain_mm_yr: float | None, p_pet_ratio: float | None) -> Literal["wet", "dry"] | None:
    """The climate at a latitude; None where the layer that decides there does not say."""
    if abs(lat_deg) <= TROPICS_DEG:
        return None if rain_mm_yr is None else "wet" if rain_mm_yr > WET_TROPICS_MM else "dry"
    return None if p_pet_ratio is None else "wet" if p_pet_ratio > 1 else "dry"
