"""Quantities with units as `input_payload` gives them, and what each kind of them must convert to."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Percent = float
EnergySource = Literal["electricity", "diesel", "petrol", "natural_gas", "lpg"]


class Part(BaseModel):
    """A piece of the payload: any other key than its own is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True)


class Quantity(Part):
    """A number with its unit, such as 200 kg/ha."""

    value: float = Field(ge=0)
    unit: str = Field(min_length=1, max_length=40)


def _in(*units: str) -> Any:
    """What the unit of a quantity must convert to one of."""
    return Field(json_schema_extra={"converts_to": list(units)})


Area = Annotated[Quantity, _in("ha")]
Mass = Annotated[Quantity, _in("kg/ha", "kg")]
MassPerArea = Annotated[Quantity, _in("kg/ha")]
MassOrVolume = Annotated[Quantity, _in("kg/ha", "l/ha", "kg", "l")]
Fuel = Annotated[Quantity, _in("l/ha", "kg/ha", "MJ/ha", "l", "kg", "MJ")]
FuelOrElectricity = Annotated[Quantity, _in("kWh/ha", "l/ha", "kg/ha", "kWh", "l", "kg")]
Electricity = Annotated[Quantity, _in("kWh/ha", "kWh")]
Water = Annotated[Quantity, _in("mm/year", "mm", "m**3/ha")]
Distance = Annotated[Quantity, _in("km")]
Duration = Annotated[Quantity, _in("day")]
Density = Annotated[Quantity, _in("plants/ha")]
EnergyPerMass = Annotated[Quantity, _in("kWh/t", "l/t", "kg/t")]
EfOfProduct = Annotated[Quantity, _in("kgCO2e/kg", "kgCO2e/l")]
EfOfTransport = Annotated[Quantity, _in("kgCO2e/t/km")]
EfOfElectricity = Annotated[Quantity, _in("kgCO2e/kWh")]
