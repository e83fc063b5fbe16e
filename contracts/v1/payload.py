"""`input_payload` of a batch: what a farm does and how its product is made, as the emissions beside biomass need it.

`cft_payload` has the documented keys with their units; `lca_payload`, `eudr_payload` and every key marked "ours" are ours,
since no structure of them is public. A key that is not listed here is refused with its path.
"""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.v1.quantities import (
    Area,
    Density,
    Distance,
    Duration,
    EfOfElectricity,
    EfOfProduct,
    EfOfTransport,
    Electricity,
    EnergyPerMass,
    EnergySource,
    Fuel,
    FuelOrElectricity,
    Mass,
    MassOrVolume,
    MassPerArea,
    Part,
    Percent,
    Water,
)


class Reducible(Part):
    """An activity whose emissions may be reduced by a stated share: `E = A·EF·(1 − ER/100)`."""

    emission_reduction_pct: Percent = Field(default=0, ge=0, le=100)
    """Ours."""


class LandManagement(Part):
    """How the land is worked."""

    tillage: str | None = Field(default=None, max_length=100)
    residue_management: str | None = Field(default=None, max_length=100)
    """`burnt`, `incorporated`, `surface`, `removed`, `composted`."""
    cover_crop: bool | None = None
    climate: Literal["wet", "dry"] | None = None
    """Ours: which column of the N2O factors applies; else it is chosen from rain, where a layer says it."""
    residue: MassPerArea | None = None
    """Ours: dry matter of crop residues left, incorporated or burnt, mass per area."""
    residue_n_pct: Percent | None = Field(default=None, ge=0, le=100)
    """Ours: nitrogen in the dry matter of the residues."""


class CropPart(Part):
    """What is grown."""

    type: str | None = Field(default=None, max_length=100)
    variety: str | None = Field(default=None, max_length=100)
    planting_density: float | None = Field(default=None, ge=0)
    """Plants per hectare."""
    yield_: Mass | None = Field(default=None, alias="yield")
    """Mass per area and year."""


class Location(Part):
    """Where the farm lies, by name."""

    country: str | None = Field(default=None, max_length=100)
    region: str | None = Field(default=None, max_length=200)


class Farm(Part):
    """The farm as a whole: amounts without an area are spread over its size."""

    size: Area | None = None
    location: Location | None = None


class Fertiliser(Reducible):
    """One fertiliser, lime included."""

    type: str = Field(min_length=1, max_length=100)
    """A product (`urea`, `NPK 15-15-15`, `limestone`, `compost`, …)."""
    application_rate: Mass
    application_method: str | None = Field(default=None, max_length=100)
    application_timing: str | None = Field(default=None, max_length=100)
    n_pct: Percent | None = Field(default=None, ge=0, le=100)
    """Ours: nitrogen of the product; stands before what its name says."""
    production_ef: EfOfProduct | None = None
    """Ours: emissions of making it, such as 3.5 kgCO2e/kg, from a source of yours."""


class Pesticide(Reducible):
    """One pesticide."""

    type: str = Field(min_length=1, max_length=100)
    active_ingredient: str | None = Field(default=None, max_length=100)
    application_rate: MassOrVolume
    production_ef: EfOfProduct | None = None
    """Ours: emissions of making it, per mass or volume as the rate is."""


class Irrigation(Reducible):
    """One way of watering; water alone emits nothing, its pumping does."""

    type: str | None = Field(default=None, max_length=100)
    water_source: str | None = Field(default=None, max_length=100)
    application_rate: Water | None = None
    energy: FuelOrElectricity | None = None
    """Ours: energy per area and year."""
    energy_source: EnergySource | None = None
    """Ours."""


class Machinery(Reducible):
    """Fuel of one kind of machine."""

    type: str | None = Field(default=None, max_length=100)
    fuel_type: str = Field(min_length=1, max_length=40)
    fuel_consumption: Fuel


class Transport(Reducible):
    """One leg of the product's way."""

    type: str = Field(min_length=1, max_length=40)
    """`truck`, `rail`, `sea`, `air`."""
    distance: Distance
    fuel_type: str | None = Field(default=None, max_length=40)
    load_factor: float | None = Field(default=None, gt=0, le=1)
    ef: EfOfTransport | None = None
    """Ours: emissions per mass and distance, such as 0.1 kgCO2e/(t*km), from a source of yours."""


class TreeBiomass(Part):
    """Trees on the plot; kept, and no number here depends on them (removals are apart)."""

    species: str = Field(min_length=1, max_length=100)
    age: float | None = Field(default=None, ge=0)
    density: Density | None = None


class Temperature(Part):
    """A temperature, which may be below zero."""

    value: float = Field(ge=-273.15)
    unit: str = Field(min_length=1, max_length=10)


class Step(Reducible):
    """One step of processing or storage; its energy counts, its duration and temperature are kept."""

    type: str = Field(min_length=1, max_length=100)
    duration: Duration | None = None
    temperature: Temperature | None = None
    energy: EnergyPerMass | None = None
    """Ours: energy per mass of product."""
    energy_source: EnergySource | None = None
    """Ours."""


class RiceAmendment(Part):
    """Ours: organic matter that was incorporated."""

    type: Literal["straw_under_30_days", "straw_over_30_days", "compost", "manure", "green_manure"]
    amount: MassPerArea
    """Mass per area; dry for straw, fresh for the others."""


class Rice(Reducible):
    """Ours: a flooded crop, for its methane (IPCC 2019, volume 4, chapter 5)."""

    water_regime: Literal[
        "continuous", "single_drainage", "multiple_drainage", "awd", "regular_rainfed", "drought_prone", "deep_water", "upland"
    ]
    season_days: float = Field(gt=0, le=366)
    pre_season: Literal["non_flooded_under_180_days", "non_flooded_over_180_days", "non_flooded_over_365_days", "flooded_over_30_days"] = (
        "non_flooded_under_180_days"
    )
    region: str = Field(default="world", max_length=40)
    amendments: tuple[RiceAmendment, ...] = ()


class GridElectricity(Reducible):
    """Ours: electricity of the farm."""

    amount: Electricity


class CftPayload(Part):
    """Farm practices by the documented keys; what is ours says so."""

    land_management: LandManagement | None = None
    crop: CropPart | None = None
    farm: Farm | None = None
    fertilisers: tuple[Fertiliser, ...] = ()
    pesticides: tuple[Pesticide, ...] = ()
    irrigation: tuple[Irrigation, ...] = ()
    machinery: tuple[Machinery, ...] = ()
    transport: tuple[Transport, ...] = ()
    tree_biomass: tuple[TreeBiomass, ...] = ()
    processing: tuple[Step, ...] = ()
    storage: tuple[Step, ...] = ()
    electricity: tuple[GridElectricity, ...] = ()
    """Ours."""
    grid_ef: EfOfElectricity | None = None
    """Ours: emissions of the grid's electricity, such as 0.4 kgCO2e/kWh, from a source of yours: no constant fits all countries."""
    rice: Rice | None = None
    """Ours."""


class LcaPayload(Part):
    """Ours: how the product is made of the crop."""

    yield_ratio: float | None = Field(default=None, gt=0)
    """Mass of product out of mass of crop in."""
    allocation_share: float | None = Field(default=None, gt=0, le=1)
    """Share of the emissions that the product bears; 1 where it has no co-product."""
    allocation_method: Literal["mass", "economic", "energy"] | None = None
    """How the share was found; required with it."""
    processing: tuple[Step, ...] = ()
    transport: tuple[Transport, ...] = ()


class EudrPayload(Part):
    """Ours: the operator of a due diligence statement; kept, and no number depends on it."""

    operator_name: str | None = Field(default=None, max_length=200)
    operator_address: str | None = Field(default=None, max_length=500)
    operator_email: str | None = Field(default=None, max_length=200)
    operator_country: str | None = Field(default=None, max_length=100)
    operator_identifier: str | None = Field(default=None, max_length=100)
    reference: str | None = Field(default=None, max_length=200)
    hs_code: str | None = Field(default=None, max_length=20)


class InputPayload(Part):
    """Everything that a batch may say beside its plots."""

    SCHEMA: ClassVar[str] = "1.0.0"

    cft_payload: CftPayload | None = None
    lca_payload: LcaPayload | None = None
    eudr_payload: EudrPayload | None = None
