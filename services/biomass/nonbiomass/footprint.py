"""All emissions beside biomass of one plot, from the payload and the plot's area and climate."""

from collections.abc import Iterable
from dataclasses import dataclass, fields as fields_of
from typing import Literal

from contracts.v1.payload import CftPayload, InputPayload, LcaPayload
from contracts.v1.results.cft import Cft
from services.biomass.nonbiomass import energy, fields
from services.biomass.nonbiomass.amounts import Missing, total
from services.biomass.nonbiomass.factors import Climate, Factors

ABSENT = {
    "fertilisers": "fertilisers",
    "pesticides": "pesticides",
    "machinery": "machinery",
    "transport": "transport",
    "processing": "processing",
}
"""Parts of the payload whose absence is listed: no number stands for them."""


@dataclass(frozen=True, slots=True)
class PerHectare:
    """Emissions by category, kg CO2e per ha and year; None where they could not be computed."""

    fertiliser: float | None
    lime: float | None
    urea: float | None
    residue: float | None
    energy: float | None
    rice: float | None
    pesticide: float | None
    processing: float | None
    transport: float | None
    yield_t: float | None
    """t per ha and year."""
    product_kg_per_t: float | None
    not_computed: tuple[str, ...]


def per_hectare(payload: InputPayload, climate: Climate, tables: Factors) -> PerHectare:
    """What a hectare emits in a year; a category without its inputs is None, and what is missing is listed by path."""
    cft = payload.cft_payload or CftPayload()
    missing = Missing(cft)
    missing.listed |= {f"cft_payload.{name}: absent" for name, part in ABSENT.items() if not getattr(cft, part)}
    yield_t = missing.yield_t_ha()
    by_mass = {
        "processing": energy.steps(missing, "cft_payload.processing", (*cft.processing, *cft.storage), tables),
        "transport": energy.transport(missing, "cft_payload.transport", cft.transport, tables),
    }
    if yield_t is None:
        missing.say("cft_payload.crop", "yield per area, or farm.size with it")
    found = {
        "fertiliser": fields.fertilisers(missing, climate, tables),
        "lime": fields.carbonates(missing, ("limestone", "dolomite"), tables),
        "urea": fields.carbonates(missing, ("urea",), tables),
        "residue": fields.residues(missing, climate, tables),
        "energy": energy.farm_energy(missing, tables),
        "rice": fields.rice(missing, tables),
        "pesticide": fields.pesticides(missing),
        **{name: None if each is None or yield_t is None else each * yield_t for name, each in by_mass.items()},
    }
    product = _product(payload.lca_payload, _sum(found.values()), yield_t, missing, tables)
    return PerHectare(**found, yield_t=yield_t, product_kg_per_t=product, not_computed=tuple(sorted(missing.listed)))


def _product(lca: LcaPayload | None, farm: float | None, yield_t: float | None, missing: Missing, tables: Factors) -> float | None:
    """`(E_farm/yield_ratio + E_process)·allocation + E_transport`, kg CO2e per t of the finished product; None without its inputs."""
    if lca is None:
        return None
    process = energy.steps(missing, "lca_payload.processing", lca.processing, tables)
    carried = energy.transport(missing, "lca_payload.transport", lca.transport, tables)
    needed = {"yield_ratio": lca.yield_ratio, "allocation_share": lca.allocation_share, "allocation_method": lca.allocation_method}
    for name in (name for name, value in needed.items() if value is None):
        missing.say("lca_payload", name)
    if farm is None or not yield_t or lca.yield_ratio is None or lca.allocation_share is None or lca.allocation_method is None:
        return None
    if (lca.processing and process is None) or (lca.transport and carried is None):
        return None
    return (farm / yield_t / lca.yield_ratio + (process or 0.0)) * lca.allocation_share + (carried or 0.0)


def _sum(parts: Iterable[float | None]) -> float | None:
    return total([part for part in parts if part is not None])


def cft_of(found: PerHectare, area_ha: float, climate: Climate, source: Literal["stated", "layer", "none"], version: str) -> Cft:
    """The result of a plot of `area_ha`."""
    not_categories = {"yield_t", "product_kg_per_t", "not_computed"}
    names = [each.name for each in fields_of(found) if each.name not in not_categories]
    amounts = {f"non_biomass_kgco2e_{name}": None if getattr(found, name) is None else getattr(found, name) * area_ha for name in names}
    whole = _sum(amounts.values())
    product_t = None if found.yield_t is None else found.yield_t * area_ha
    return Cft(
        **amounts,
        non_biomass_kgco2e_total=whole,
        product_t=product_t,
        non_biomass_kgco2e_per_t_product=None if whole is None or not product_t else whole / product_t,
        product_kgco2e_per_t=found.product_kg_per_t,
        climate=climate,
        climate_source=source,
        factors_version=version,
        not_computed=found.not_computed,
    )
