"""The constants of the method: its version, thresholds, layers, and which bands in time it reads of each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contracts.v1.results.water import EtSource, RainSource, SoilSource
from services.water.calendar import Kind
from shared.errors import Refused
from shared.tuning import CODE

METHOD_VERSION: Final = "1.0.0"
BASINS: Final = "aqueduct40"


_Share = Annotated[float, Field(gt=0, le=1)]
_Ratio = Annotated[float, Field(gt=0, le=10)]
_Years = Annotated[int, Field(ge=1, le=60)]


class Thresholds(BaseModel):
    """thresholds.toml, field by field, with what each may be changed to."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    known_min_share: _Share
    level_min_share: _Share
    climatology_min_years: Annotated[int, Field(ge=2, le=60)]
    climatology_max_years: Annotated[int, Field(ge=2, le=60)]
    aridity_years: _Years
    max_lag_months: Annotated[int, Field(ge=0, le=120)]
    soil_months_tried: Annotated[int, Field(ge=1, le=12)]
    hyper_arid_below: _Ratio
    arid_below: _Ratio
    semi_arid_below: _Ratio
    dry_sub_humid_below: _Ratio
    growing_min_share: _Ratio
    leached_share: Annotated[float, Field(ge=0, le=1)]
    max_nitrogen_mg_l: Annotated[float, Field(gt=0, le=1000)]
    natural_nitrogen_mg_l: Annotated[float, Field(ge=0, le=1000)]
    support_min_ratio: Annotated[float, Field(gt=0, le=1000)]
    point_sample_ha: Annotated[float, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        classes = [self.hyper_arid_below, self.arid_below, self.semi_arid_below, self.dry_sub_humid_below]
        if classes != sorted(classes):
            raise ValueError("the classes of aridity rise")
        if self.climatology_min_years > self.climatology_max_years:
            raise ValueError("climatology_min_years is at most climatology_max_years")
        if self.natural_nitrogen_mg_l >= self.max_nitrogen_mg_l:
            raise ValueError("natural_nitrogen_mg_l is below max_nitrogen_mg_l")
        return self


def thresholds(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every threshold by name, as stored with a run: the method's, with the changes of a deployment."""
    published = tomllib.loads((files(__package__) / "thresholds.toml").read_text("utf-8"))
    return {**published, **(changes or {})}


def rules(changes: Mapping[str, Any] | None = None) -> Thresholds:
    """The thresholds with their types. Raises Refused (`thresholds_invalid`) for a change that is none, or out of range."""
    try:
        return Thresholds.model_validate(thresholds(changes))
    except ValidationError as problem:
        first = problem.errors()[0]
        raise Refused(f"threshold {'.'.join(map(str, first['loc']))}: {first['msg']}", code=CODE) from problem


@dataclass(frozen=True, slots=True)
class Series:
    """Bands in time of one variable of a layer."""

    layer: str
    variable: str
    """As the catalogue's; empty where the layer has one."""
    kind: Kind
    earlier_years: int
    """Whole years that are read before the latest one."""
    same_months: int = 0
    """Of the newest months only so many are read, and the same months of the earlier years; 0: every month."""


def series(held: Thresholds) -> dict[str, Series]:
    """Everything that the method reads of raster layers, by our names."""
    long, short = held.climatology_max_years, 0
    return {
        "chirps3": Series("chirps3", "", "total", short),
        "wapor3_et": Series("wapor3_aeti", "", "rate", long),
        "wapor3_pet": Series("wapor3_ret", "", "rate", short),
        "mod16_et": Series("mod16", "ET_500m", "total", long),
        "mod16_pet": Series("mod16", "PET_500m", "total", short),
        "terraclimate_et": Series("terraclimate", "aet", "total", long),
        "terraclimate_pet": Series("terraclimate", "pet", "total", held.aridity_years - 1),
        "terraclimate_rain": Series("terraclimate", "ppt", "total", held.aridity_years - 1),
        "terraclimate_soil": Series("terraclimate", "soil", "level", long - 1, held.soil_months_tried),
        "smap_l4": Series("smap_l4", "", "level", long - 1, held.soil_months_tried),
        "ssebop": Series("ssebop", "", "total", long),
        "mod11": Series("mod11", "LST_Day_1km", "level", long),
    }


ET_SOURCES: Final[dict[EtSource, tuple[str, str | None]]] = {
    "wapor3": ("wapor3_et", "wapor3_pet"),
    "mod16": ("mod16_et", "mod16_pet"),
    "terraclimate": ("terraclimate_et", "terraclimate_pet"),
    "ssebop": ("ssebop", None),
}
"""Actual and potential evapotranspiration of one source, the first that is known before the others: none are ever mixed.

SSEBop has no potential one: it gives what needs none.
"""
RAIN: Final[dict[RainSource, str]] = {"chirps3": "chirps3", "terraclimate": "terraclimate_rain"}
SOIL: Final[dict[SoilSource, str]] = {"smap_l4": "smap_l4", "terraclimate": "terraclimate_soil"}
REFERENCE_ET: Final = ("wapor3_pet", "terraclimate_pet")
"""Reference evapotranspiration of grass by Penman-Monteith, which crop coefficients multiply. MOD16's PET is none."""
GAPS: Final = {
    32761: "unclassified",
    32762: "urban",
    32763: "wetland",
    32764: "snow_ice",
    32765: "barren",
    32766: "water",
    32767: "fill",
}
"""Codes of MOD16 where it has no evapotranspiration: 32762, 32763, 32765 and 32766 [V, methods 4.3], the others [S]."""
LAYERS: Final = (BASINS, *sorted({"chirps3", "wapor3_aeti", "wapor3_ret", "mod16", "mod11", "terraclimate", "smap_l4", "ssebop"}))
