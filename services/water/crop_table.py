"""The table of crop coefficients, stages and mean footprints, as `crops.toml` has it."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0)]
Footprint = tuple[float, float, float]
"""Green, blue and grey, m3/t."""


class CropWater(BaseModel):
    """What FAO-56 says of one crop."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kc: tuple[Positive, Positive, Positive]
    """Initial, mid-season, end."""
    height_m: Positive
    days: tuple[int, int, int, int] | None = None
    """Initial, development, mid-season and late season."""
    stages: str = ""
    """Row of the table of stages that `days` are of."""
    all_year: bool = False
    footprint: Footprint | None = None
    """Mean of the world, for comparison."""

    @model_validator(mode="after")
    def _one_season(self) -> Self:
        if (self.days is None) != self.all_year:
            raise ValueError("a crop has its stages, or stands all the year")
        if self.days is not None and not (min(self.days) > 0 and sum(self.days) <= 365):
            raise ValueError("the stages of a crop fill at most a year")
        return self


class CropTable(BaseModel):
    """All crops of one version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    crops: dict[str, CropWater]
    fertiliser_n_pct: dict[str, float]


@cache
def crop_table() -> CropTable:
    """The table of `crops.toml`."""
    return CropTable.model_validate(tomllib.loads((files(__package__) / "crops.toml").read_text("utf-8")))
