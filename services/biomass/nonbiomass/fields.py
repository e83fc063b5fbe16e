"""What happens on the field, in kg CO2e per ha and year: fertilisers, lime, urea, residues, rice, pesticides."""

import re
from typing import Final

from contracts.v1.payload import Fertiliser, Pesticide
from services.biomass.nonbiomass.amounts import Missing, kept, total
from services.biomass.nonbiomass.factors import Climate, Factors, Product
from services.biomass.nonbiomass.nitrogen import Nitrogen, carbonate_co2_kg, n2o_kg
from services.biomass.nonbiomass.rice import rice_ch4_kg_ha
from shared.payload.units import in_unit

GRADE: Final = re.compile(r"\b(\d{1,2}(?:\.\d+)?)-\d{1,2}(?:\.\d+)?-\d{1,2}(?:\.\d+)?\b")
"""The grade of a compound fertiliser: nitrogen, phosphate and potash in per cent."""
UNFLOODED: Final = "upland"


def product_of(fertiliser: Fertiliser, tables: Factors) -> tuple[Product, float | None]:
    """What a fertiliser is, and its nitrogen in per cent: as stated, else by the grade in its name, else by the table."""
    name = " ".join(fertiliser.type.lower().split())
    known = tables.products.get(name, Product(volatilised="synthetic", organic=False))
    grade = GRADE.search(name)
    by_name = float(grade.group(1)) if grade else known.n_pct
    return known, by_name if fertiliser.n_pct is None else fertiliser.n_pct


def rice_ef1(missing: Missing, climate: Climate, tables: Factors) -> float | None:
    """EF1 of a flooded field; None where no rice is flooded."""
    rice = missing.payload.rice
    if rice is None or rice.water_regime == UNFLOODED:
        return None
    if climate == "aggregated":
        return tables.n2o_rice["aggregated"]
    return tables.n2o_rice["continuous" if rice.water_regime in ("continuous", "deep_water") else "drained"]


def fertilisers(missing: Missing, climate: Climate, tables: Factors) -> float | None:
    """N2O of the nitrogen in fertilisers, and their making where a factor is given."""
    parts: list[float | None] = []
    for index, one in enumerate(missing.payload.fertilisers):
        path = f"cft_payload.fertilisers[{index}]"
        product, n_pct = product_of(one, tables)
        mass_kg = missing.per_ha(one.application_rate, "kg")
        if mass_kg is None:
            missing.say(f"{path}.application_rate", "farm.size")
            parts.append(None)
            continue
        if product.carbonate in ("limestone", "dolomite"):
            continue
        if n_pct is None:
            missing.say(path, "n_pct")
            parts.append(None)
        else:
            n_kg = mass_kg * n_pct / 100
            parts.append(kept(_n2o_kgco2e(n_kg, product, climate, rice_ef1(missing, climate, tables), tables), one.emission_reduction_pct))
        ef = None if one.production_ef is None else in_unit(one.production_ef, "kgCO2e/kg")
        if ef is None:
            missing.say(path, "production_ef per mass")
        else:
            parts.append(kept(mass_kg * ef, one.emission_reduction_pct))
    return total(parts)


def _n2o_kgco2e(n_kg: float, product: Product, climate: Climate, ef1: float | None, tables: Factors) -> float:
    evaporates = n_kg * tables.volatilised[product.volatilised]
    applied = (
        Nitrogen(organic=n_kg, volatilised_organic=evaporates)
        if product.organic
        else Nitrogen(synthetic=n_kg, volatilised_synthetic=evaporates)
    )
    return sum(n2o_kg(applied, tables.n2o[climate], ef1)) * tables.gwp.n2o


def carbonates(missing: Missing, kinds: tuple[str, ...], tables: Factors) -> float | None:
    """CO2 of the fertilisers that are one of `kinds`: limestone, dolomite, urea."""
    parts: list[float | None] = []
    for one in missing.payload.fertilisers:
        product, _ = product_of(one, tables)
        mass_kg = missing.per_ha(one.application_rate, "kg")
        if product.carbonate in kinds:
            co2_kg = None if mass_kg is None else carbonate_co2_kg(str(product.carbonate), mass_kg, tables)
            parts.append(None if co2_kg is None else kept(co2_kg, one.emission_reduction_pct))
    return total(parts)


def residues(missing: Missing, climate: Climate, tables: Factors) -> float | None:
    """CH4 and N2O of burnt residues, or N2O of the nitrogen in those that stay; 0 where they are taken away."""
    land = missing.payload.land_management
    if land is None or land.residue_management is None:
        return None
    way = land.residue_management.strip().lower()
    if way in ("removed", "exported"):
        return 0.0
    mass_kg = None if land.residue is None else in_unit(land.residue, "kg/ha")
    if mass_kg is None:
        missing.say("cft_payload.land_management", "residue")
        return None
    if way in ("burnt", "burned"):
        burnt_kg = mass_kg * tables.residue.combustion
        gases = tables.residue.ch4_g_per_kg * tables.gwp.ch4 + tables.residue.n2o_g_per_kg * tables.gwp.n2o
        return burnt_kg * gases / 1000
    if way not in ("incorporated", "surface", "left", "mulched"):
        missing.say("cft_payload.land_management.residue_management", "burnt, incorporated, surface or removed")
        return None
    if land.residue_n_pct is None:
        missing.say("cft_payload.land_management", "residue_n_pct")
        return None
    nitrogen = Nitrogen(residues=mass_kg * land.residue_n_pct / 100)
    return sum(n2o_kg(nitrogen, tables.n2o[climate], rice_ef1(missing, climate, tables))) * tables.gwp.n2o


def rice(missing: Missing, tables: Factors) -> float | None:
    """CH4 of flooded rice."""
    given = missing.payload.rice
    if given is None:
        return None
    region = given.region.strip().lower()
    if region not in tables.rice.baseline_kg_ch4_ha_day:
        missing.say("cft_payload.rice.region", " or ".join(tables.rice.baseline_kg_ch4_ha_day))
        return None
    amendments = [(one.type, (in_unit(one.amount, "kg/ha") or 0.0) / 1000) for one in given.amendments]
    ch4_kg = rice_ch4_kg_ha(region, given.water_regime, given.pre_season, given.season_days, amendments, tables.rice)
    return kept(ch4_kg * tables.gwp.ch4, given.emission_reduction_pct)


def pesticides(missing: Missing) -> float | None:
    """Making of pesticides; no factor fits all of them, so one must be given."""
    parts: list[float | None] = []
    for index, one in enumerate(missing.payload.pesticides):
        found = _made(missing, one)
        if found is None:
            missing.say(f"cft_payload.pesticides[{index}]", "production_ef per unit of its rate, and farm.size for a rate without area")
        parts.append(None if found is None else kept(found, one.emission_reduction_pct))
    return total(parts)


def _made(missing: Missing, one: Pesticide) -> float | None:
    if one.production_ef is None:
        return None
    for unit in ("kg", "l"):
        amount, ef = missing.per_ha(one.application_rate, unit), in_unit(one.production_ef, f"kgCO2e/{unit}")
        if amount is not None and ef is not None:
            return amount * ef
    return None
