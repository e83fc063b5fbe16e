"""Checks of where plots lie: at sea, in another country than declared, or there with swapped axes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.staging.checks.thresholds import PLACES
from services.staging.findings import Hits, hits


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where plots (n of them) lie."""

    lon: NDArray[np.float64]
    """Centroids; degrees."""
    lat: NDArray[np.float64]
    near_land: NDArray[np.bool_]
    """Whether the centroid is on land or within 1 km of it."""
    country: Sequence[str | None]
    """ISO 3166-1 alpha-2; None where no country is within 5 km."""
    swapped_country: Sequence[str | None]
    """The same for the centroid with longitude and latitude swapped."""


def place_hits(places: Places, declared: str | None) -> list[Hits]:
    """SEA, SWAP and COUNTRY of methods 6.2; `declared` is the country that the user named, as in `Places.country`."""
    country = np.array(places.country, dtype=object)
    there = np.array(places.swapped_country, dtype=object) == declared
    swapped = declared is not None and looks_swapped(country == declared, there)
    outside_any = country == None  # noqa: E711 -- element by element
    elsewhere = ~outside_any & (country != declared) if declared is not None else np.zeros(len(country), dtype=bool)
    hint = "; latitude and longitude may be swapped" if swapped else ""
    names = np.full(len(country), declared or "")
    return [
        hits("in_the_sea", ~places.near_land, lon=places.lon.round(6), lat=places.lat.round(6), hint=np.full(len(country), hint)),
        hits("likely_swapped_axes", there if swapped else np.zeros(len(country), dtype=bool), country=names),
        hits("outside_declared_country", elsewhere, found=country, country=names),
        hits("outside_any_country", outside_any & places.near_land),
    ]


def looks_swapped(inside: NDArray[np.bool_], inside_swapped: NDArray[np.bool_]) -> bool:
    """Whether at least 90 % of the plots (shape [n], n > 0) lie in the declared country with swapped axes, and under 10 % as they are."""
    enough = 100 * np.count_nonzero(inside_swapped) >= PLACES.swapped_pct * len(inside)
    return bool(enough and may_be_swapped(inside))


def may_be_swapped(inside: NDArray[np.bool_]) -> bool:
    """Whether so few of the plots (shape [n]) lie in the declared country that their axes may be swapped."""
    return bool(100 * np.count_nonzero(inside) < PLACES.unswapped_pct * len(inside))
