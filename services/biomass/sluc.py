"""Statistical emissions of a country and crop, for plots whose location is of no use; from a table that the operator supplies."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.biomass.formulas import CO2_PER_C
from shared.crops import crop_of
from shared.errors import Refused

PASTURE = "permanent pasture"
"""Counts among the crops that expand, and is none that is asked for."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CountryRow(_Entry):
    """Natural forest of a country twenty years ago and now, and the carbon that its loss costs."""

    country: str = Field(pattern="^[A-Z]{2}$")
    forest_before_ha: float = Field(ge=0)
    forest_now_ha: float = Field(ge=0)
    carbon_loss_tc_ha: float = Field(gt=0)
    citation: str


class CropRow(_Entry):
    """Harvested area of a crop in a country twenty years ago and now, means of three years."""

    country: str = Field(pattern="^[A-Z]{2}$")
    crop: str
    area_before_ha: float = Field(ge=0)
    area_now_ha: float = Field(ge=0)
    citation: str


class _File(_Entry):
    version: str
    countries: tuple[CountryRow, ...]
    crops: tuple[CropRow, ...]


@dataclass(frozen=True, slots=True)
class Statistical:
    """The table, by country and name of crop, t CO2e/ha/yr."""

    version: str
    checksum: str
    factor: Mapping[tuple[str, str], float]

    def of(self, country: str | None, crop_type: str | int | None) -> float | None:
        """The emissions of a crop in a country; None where the table has no row."""
        crop = crop_of(crop_type)
        return None if country is None or crop is None else self.factor.get((country, crop.name))


def factor_tco2eha(expansion_ha: float, all_expansion_ha: float, forest_loss_ha: float, carbon_loss_tc_ha: float, area_ha: float) -> float:
    """Emissions of a crop, t CO2e/ha/yr (methods 2.6).

    The crop has the part of the country's forest loss that it has in the expansion of all crops and pasture, at most its own
    expansion; a twentieth of its carbon is charged to each ha of the crop.
    """
    if all_expansion_ha <= 0 or area_ha <= 0:
        return 0.0
    converted_ha = min(expansion_ha, expansion_ha / all_expansion_ha * forest_loss_ha)
    return converted_ha * carbon_loss_tc_ha * CO2_PER_C / 20.0 / area_ha


def read_statistical(path: Path) -> Statistical:
    """The table of a TOML file (docs/deployment.md); raises Refused (`sluc_table`)."""
    try:
        raw = path.read_bytes()
        table = _File.model_validate(tomllib.loads(raw.decode("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise Refused(f"{path} is no table of statistical emissions: {error}", "sluc_table") from error
    factor: dict[tuple[str, str], float] = {}
    for country in table.countries:
        rows = [row for row in table.crops if row.country == country.country]
        expansion = {row.crop: max(0.0, row.area_now_ha - row.area_before_ha) for row in rows}
        forest_loss = max(0.0, country.forest_before_ha - country.forest_now_ha)
        for row in rows:
            crop = crop_of(row.crop)
            if crop is None and row.crop != PASTURE:
                raise Refused(f"{path}: no crop is called {row.crop}", "sluc_table")
            if crop is not None and row.area_now_ha > 0:
                key = (country.country, crop.name)
                whole = sum(expansion.values())
                factor[key] = factor_tco2eha(expansion[row.crop], whole, forest_loss, country.carbon_loss_tc_ha, row.area_now_ha)
    return Statistical(table.version, hashlib.sha256(raw).hexdigest(), factor)
