"""What maps tell of whole plots: biomass year by year, gross emissions, the mask of a region's crop, and the climate."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from services.biomass.bands import CCI_YEARS, ECOZONE, ELEVATION, FLUX, RAIN, Bands
from services.biomass.climate import Place
from services.biomass.factors import CARBON
from services.biomass.formulas import CO2_PER_C
from services.biomass.stock_change import StockMaps
from services.biomass.uncertainty import sd_of_mean
from shared.geo.areas import M2_PER_HA
from shared.rounding import all_rounded
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class
from shared.zonal.reductions.moments import Moments, moments
from shared.zonal.reductions.reduction import Reduction
from shared.zonal.reductions.values import majority, value_areas

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
_TCO2_PER_T = CARBON["carbon_fraction"] * CO2_PER_C


@dataclass(frozen=True, slots=True)
class Maps:
    """Numbers of each plot; nan where not known."""

    agb_tha: Floats
    """Mean biomass above ground by map; [plots, CCI_YEARS]."""
    agb_share: Floats
    """Share of the plot that any of the maps knows; [plots]."""
    gross_emissions_tco2e: Floats
    flux_share: Floats

    def annual_tco2eha(self) -> list[tuple[float | None, ...] | None]:
        """CO2 in the mean biomass of each plot by year from the first map on, null between maps; None without any."""
        by_year = np.full((len(self.agb_tha), CCI_YEARS[-1] - CCI_YEARS[0] + 1), np.nan)
        by_year[:, np.array(CCI_YEARS) - CCI_YEARS[0]] = self.agb_tha * _TCO2_PER_T
        none = np.isnan(by_year).all(axis=1).tolist()
        return [None if empty else tuple(row) for row, empty in zip(all_rounded(by_year), none, strict=True)]


def maps_of(geometry: Geometries, area_ha: Floats, bands: Bands, known_min_share: float) -> Maps:
    """The maps of all plots, each on its own grid, in one pass.

    A map of biomass says 0 for none and for unknown: where a plot has nothing else it is not known, elsewhere 0 is none.
    """
    names = [f"cci_agb.AGB_{year}" for year in CCI_YEARS]
    sources = bands.sources((*names, FLUX))
    found: dict[str, Moments] = zonal(geometry, sources, {name: moments(name) for name in sources}, checked=True)
    agb, share = np.full((len(geometry), len(names)), np.nan), np.zeros(len(geometry))
    for column, name in enumerate(names):
        if name in found:
            known = found[name].weight / M2_PER_HA / area_ha
            says = (known >= known_min_share) & (found[name].greatest > 0)
            agb[:, column] = np.where(says, found[name].mean, np.nan)
            share = np.maximum(share, known)
    flux = found.get(FLUX)
    if flux is None:
        return Maps(agb, share, np.full(len(geometry), np.nan), np.zeros(len(geometry)))
    return Maps(agb, share, flux.cell_sum, flux.weight / M2_PER_HA / area_ha)


def stock_maps(geometry: Geometries, area_ha: Floats, agb_tha: Floats, bands: Bands, correlation_km: float) -> list[StockMaps]:
    """The maps of regions with the errors of their means; [regions]. A map without errors is not known here."""
    names = [f"cci_agb.AGB_SD_{year}" for year in CCI_YEARS]
    sources = bands.sources(names)
    found: dict[str, Moments] = zonal(geometry, sources, {name: moments(name) for name in sources}, checked=True)
    sd = np.full(agb_tha.shape, np.nan)
    for column, name in enumerate(names):
        if name in found:
            one = found[name]
            sd[:, column] = sd_of_mean(one.mean, one.variance + one.mean**2, area_ha, correlation_km)
    agb = np.where(np.isnan(sd), np.nan, agb_tha)
    return [StockMaps(CCI_YEARS, agb[row], sd[row]) for row in range(len(geometry))]


def mask_ha(geometry: Geometries, mask: str, bands: Bands) -> Floats:
    """Area of the mask of a crop in each region; nan where the mask is not known at all."""
    source = bands.source(mask)
    if source is None:
        return np.full(len(geometry), np.nan)
    areas = zonal(geometry, {"mask": source}, {"mask": area_by_class("mask", Classes.of(1))}, checked=True)["mask"] / M2_PER_HA
    return np.where(areas.sum(axis=1) > 0, areas[:, 0], np.nan)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the plots lie, and how much of each plot the layers know that tell it."""

    place: tuple[Place, ...]
    share: dict[str, Floats]
    """By band."""


def places_of(geometry: Geometries, area_ha: Floats, country: tuple[str | None, ...], bands: Bands) -> Places:
    """Ecological zone of most of each plot, mean rain and elevation, country, and the middle of its bounds."""
    sources = bands.sources((ECOZONE, RAIN, ELEVATION))
    asked: dict[str, Reduction] = {name: value_areas(name) if name == ECOZONE else moments(name) for name in sources}
    found = zonal(geometry, sources, asked, checked=True)
    told, share = {}, {}
    for name, one in found.items():
        told[name] = one.mean if isinstance(one, Moments) else majority(one)
        area_m2 = one.weight if isinstance(one, Moments) else np.bincount(one.plots(), one.area_m2, minlength=len(geometry))
        share[name] = area_m2 / M2_PER_HA / area_ha
    west, south, east, north = shapely.bounds(geometry).T
    at = zip((south + north) / 2, (west + east) / 2, country, strict=True)
    places = [
        Place(float(lat), float(lon), of, _whole(told, ECOZONE, row), _number(told, RAIN, row), _number(told, ELEVATION, row))
        for row, (lat, lon, of) in enumerate(at)
    ]
    return Places(tuple(places), share)


def _number(told: dict[str, Floats], name: str, row: int) -> float | None:
    return float(told[name][row]) if name in told and not np.isnan(told[name][row]) else None


def _whole(told: dict[str, Floats], name: str, row: int) -> int | None:
    number = _number(told, name, row)
    return None if number is None else int(number)
