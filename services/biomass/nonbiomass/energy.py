"""Fuels, electricity and transport in kg CO2e: `sum fuel·EF + kWh·grid EF`, `t·km·EF` (methods 2.8)."""

from collections.abc import Sequence

from contracts.v1.payload import Step, Transport
from contracts.v1.quantities import Quantity
from services.biomass.nonbiomass.amounts import Missing, kept, total
from services.biomass.nonbiomass.factors import Factors
from shared.payload.units import in_unit

ELECTRICITY = "electricity"


def fuel_ef(fuel: str, unit: str, tables: Factors) -> float | None:
    """kg CO2 per MJ, kg or l of a fuel; None for an unknown fuel, or a unit that its table does not reach."""
    known = tables.fuels.get(fuel.strip().lower().replace(" ", "_"))
    if known is None:
        return None
    mj = {"MJ": 1.0, "kg": known.mj_per_kg, "l": None if known.mj_per_kg is None else known.mj_per_kg * (known.kg_per_l or 0.0)}[unit]
    return known.kgco2_per_mj * mj if mj else None


def of_source(source: str, amount_in: "dict[str, float | None]", grid_ef: float | None, tables: Factors) -> float | None:
    """Emissions of energy from electricity or a fuel, from the amounts by unit (kWh, MJ, kg, l) of which one is known."""
    if source == ELECTRICITY:
        kwh = amount_in.get("kWh")
        return None if kwh is None or grid_ef is None else kwh * grid_ef
    for unit in ("MJ", "kg", "l"):
        amount, ef = amount_in.get(unit), fuel_ef(source, unit, tables)
        if amount is not None and ef is not None:
            return amount * ef
    return None


def grid_ef(missing: Missing) -> float | None:
    """kg CO2e per kWh of the grid, if the payload says it."""
    given = missing.payload.grid_ef
    return None if given is None else in_unit(given, "kgCO2e/kWh")


def farm_energy(missing: Missing, tables: Factors) -> float | None:
    """Machines, irrigation and electricity of the farm; kg CO2e per ha and year."""
    payload, parts = missing.payload, list[float | None]()
    asked: list[tuple[str, str, Quantity | None, float]] = [
        (f"machinery[{i}]", one.fuel_type, one.fuel_consumption, one.emission_reduction_pct) for i, one in enumerate(payload.machinery)
    ]
    asked += [
        (f"irrigation[{i}]", one.energy_source or "", one.energy, one.emission_reduction_pct) for i, one in enumerate(payload.irrigation)
    ]
    asked += [(f"electricity[{i}]", ELECTRICITY, one.amount, one.emission_reduction_pct) for i, one in enumerate(payload.electricity)]
    for path, source, amount, reduction_pct in asked:
        by_unit = {} if amount is None else {unit: missing.per_ha(amount, unit) for unit in ("kWh", "MJ", "kg", "l")}
        found = of_source(source, by_unit, grid_ef(missing), tables)
        if found is None:
            missing.say(f"cft_payload.{path}", _needs(source))
            parts.append(None)
        else:
            parts.append(kept(found, reduction_pct))
    return total(parts)


def _needs(source: str) -> str:
    if source == ELECTRICITY:
        return "grid_ef, and farm.size for an amount without area"
    return "a fuel of the table in a unit that it has, and farm.size for an amount without area"


def steps(missing: Missing, found_in: str, given: Sequence[Step], tables: Factors) -> float | None:
    """Energy of processing or storage; kg CO2e per t of what is processed."""
    parts: list[float | None] = []
    for index, one in enumerate(given):
        by_unit = {} if one.energy is None else {unit: in_unit(one.energy, f"{unit}/t") for unit in ("kWh", "MJ", "kg", "l")}
        found = of_source(one.energy_source or "", by_unit, grid_ef(missing), tables)
        if found is None:
            missing.say(f"{found_in}[{index}]", "energy per mass, energy_source, and grid_ef for electricity")
            parts.append(None)
        else:
            parts.append(kept(found, one.emission_reduction_pct))
    return total(parts)


def transport(missing: Missing, found_in: str, given: Sequence[Transport], tables: Factors) -> float | None:
    """Transport; kg CO2e per t carried. Factors are per t km, so that a load factor changes nothing here."""
    parts: list[float | None] = []
    for index, one in enumerate(given):
        km = in_unit(one.distance, "km")
        stated = None if one.ef is None else in_unit(one.ef, "kgCO2e/t/km")
        ef = tables.transport.get(one.type.strip().lower()) if stated is None else stated
        if km is None or ef is None:
            missing.say(f"{found_in}[{index}]", f"ef, or a type of {', '.join(tables.transport)}")
            parts.append(None)
        else:
            parts.append(kept(km * ef, one.emission_reduction_pct))
    return total(parts)
