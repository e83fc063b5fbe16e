"""The constants of the method: its version, its thresholds, its layers, and the intactness of land uses."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from shared.crops import Crop

METHOD_VERSION = "1.1.0"
NaturalHere = Literal["natural", "converted", "unknown"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """thresholds.toml, field by field."""

    min_valid_pixels: int
    min_valid_share: float
    moving_window_cells: int
    habitat_buffer_m: float
    landscape_cell_m: float
    core_depth_m: float
    connectance_gap_m: float
    median_dispersal_m: float
    max_link_m: float
    max_network_patches: int
    saturation_height_m: float
    saturation_share: float
    open_height_m: float
    tall_height_m: float
    clear_cut_share: float
    annual_crop_share: float
    covered_min_share: float
    site_search_m: float
    point_sample_ha: float
    max_landscape_cells: int
    max_group_cells: int
    max_group_waste: float
    max_collection_cells: int
    max_collection_runs: int
    max_collection_reach_m: float
    max_collection_patches: int


def thresholds() -> dict[str, int | float]:
    """Every threshold by name, as stored with a run."""
    return dict(tomllib.loads(_text("thresholds.toml")))


@cache
def rules() -> Thresholds:
    """The thresholds with their types."""
    values: dict[str, Any] = thresholds()
    return Thresholds(**values)


LAYERS = ("eth_chm", "meta_chm", "worldcover", "worldcover_2020", "sbtn_natural", "bii_io", "bii_nhm", "wdpa", "kba")
"""Every layer that the method may read; of two for one thing the second is read where the first is silent."""
LAND_COVER = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
"""Classes of WorldCover."""
CROPLAND = 40
WORLDCOVER_NATURAL = (10, 20, 30, 90, 95)
SBTN_NATURAL = tuple(range(2, 12))
SBTN_CONVERTED = tuple(range(12, 22))
WORLDCOVER = {2020: "worldcover_2020", 2021: "worldcover"}
"""Layer by year, rising: the two come from different algorithms, so their difference is no change on the ground."""
BII_YEARS = (2017, 2018, 2019, 2020)


def year_of(years: tuple[int, ...], end: date) -> int:
    """The newest of the rising years that is not after `end`, or the first."""
    return max((year for year in years if year <= end.year), default=years[0])


@dataclass(frozen=True, slots=True)
class LandUse:
    """One land use and the mean species abundance that is left on it."""

    name: str
    msa: float


@cache
def land_uses() -> Mapping[str, LandUse]:
    """The land uses of GLOBIO by name, from msa.toml."""
    table = tomllib.loads(_text("msa.toml"))["land_use"]
    return MappingProxyType({name: LandUse(name, float(row["msa"])) for name, row in table.items()})


@cache
def _read_as() -> Mapping[tuple[str, str], str]:
    table = tomllib.loads(_text("msa.toml"))["read_as"]
    return MappingProxyType({(cover, state): use for cover, row in table.items() for state, use in row.items()})


def land_use_of(cover: int, state: NaturalHere, crop: Crop | None) -> LandUse | None:
    """The land use that a class of WorldCover stands for; None for water.

    Cropland is read by the kind of the crop where that is declared.
    """
    if cover == CROPLAND and crop is not None:
        return land_uses()[crop_uses()[crop.kind]]
    name = _read_as().get((str(cover), state))
    return None if name is None else land_uses()[name]


@cache
def crop_uses() -> Mapping[str, str]:
    """The land use of cropland by kind of crop."""
    return MappingProxyType(dict(tomllib.loads(_text("msa.toml"))["cropland_by_crop"]))


def _text(name: str) -> str:
    return files("services.biodiversity").joinpath(name).read_text(encoding="utf-8")
