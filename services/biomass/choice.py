"""The factors of one plot: chosen from the tables by its climate, its crop, and whether its forest is mangrove."""

from dataclasses import dataclass
from functools import cache

from services.biomass.climate import Climate
from services.biomass.factors import CARBON, Row, row_of
from services.biomass.formulas import Burning
from shared.crops import CropKind


@dataclass(frozen=True, slots=True)
class Peat:
    """What drained peat emits, t CO2e/ha a year, and what the fire that clears it emits, t CO2e/ha once."""

    co2: float
    ch4: float
    n2o: float
    burn_co2: float
    burn_ch4: float


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of a plot; None where the climate that chooses them is not known."""

    carbon_fraction: float
    """t C per t of wood."""
    root_shoot_low: float
    """Below over above ground, where the biomass above is at most `Rules.high_agb_tha`, and over it."""
    root_shoot_high: float
    dead_wood: float | None
    """Share of the biomass above ground."""
    litter: float | None
    tier1_agb_tha: float | None
    """Stock where no raster is valid: primary forest of the zone, which errs towards more emissions."""
    after_tc_ha: float
    """Carbon of the crop after a year; 0 where the crop or climate is not known: nothing is deducted."""
    flu: float | None
    """Of the plot's crop."""
    flu_shifting: float
    """Where the driver of the loss is shifting cultivation."""
    burning: Burning
    peat: Peat
    remarks: tuple[str, ...]
    """What could not be chosen, as flags."""


@cache
def factors_of(climate: Climate, kind: CropKind | None, is_oil_palm: bool, is_mangrove: bool) -> Factors:
    """The factors; `kind` is that of the crop, None where the crop is not given or not known."""
    dead = _dead_matter(climate, is_mangrove)
    forest = None if climate.zone is None else row_of("forest", zone=climate.zone, continent=climate.continent or "")
    low, high = _root_shoot(forest, dead, is_mangrove)
    after = _after(climate, kind)
    flu = _flu(climate, kind)
    remarks = {
        "crop_not_known": kind is None,
        "carbon_after_not_deducted": after is None,
        "climate_not_known": dead is None or flu is None,
        "mangrove": is_mangrove,
    }
    fire = row_of("fire", domain=climate.domain, forest="other") or {}
    shifting = row_of("soil", use="shifting", climate="any") or {}
    return Factors(
        carbon_fraction=CARBON["carbon_fraction_mangrove" if is_mangrove else "carbon_fraction"],
        root_shoot_low=low,
        root_shoot_high=high,
        dead_wood=None if dead is None else dead["dead_wood"],
        litter=None if dead is None else dead["litter"],
        tier1_agb_tha=None if forest is None or is_mangrove else forest["agb_primary"],
        after_tc_ha=after or 0.0,
        flu=flu,
        flu_shifting=shifting["flu"],
        burning=Burning(fire["cf"], fire["gef_ch4"], fire["gef_n2o"]),
        peat=_peat(climate, kind, is_oil_palm),
        remarks=tuple(sorted(name for name, is_so in remarks.items() if is_so)),
    )


def _dead_matter(climate: Climate, is_mangrove: bool) -> Row | None:
    if is_mangrove:
        if climate.domain != "tropical":
            return row_of("dead_matter", domain="mangrove", rain="subtropical")
        return None if climate.rain is None else row_of("dead_matter", domain="mangrove", rain=f"tropical_{_dry_or_wet(climate)}")
    if climate.domain != "tropical":
        return row_of("dead_matter", domain=climate.domain, rain="any")
    return None if climate.rain is None else row_of("dead_matter", domain="tropical", rain=climate.rain)


def _dry_or_wet(climate: Climate) -> str:
    return "dry" if climate.rain == "dry" else "wet"


def _root_shoot(forest: Row | None, dead: Row | None, is_mangrove: bool) -> tuple[float, float]:
    if is_mangrove and dead is not None:
        return dead["root_shoot"], dead["root_shoot"]
    if forest is not None and not is_mangrove:
        return forest["r_low"], forest["r_high"]
    return CARBON["root_shoot_fallback"], CARBON["root_shoot_fallback"]


def _after(climate: Climate, kind: CropKind | None) -> float | None:
    if kind is None:
        return None
    row = row_of("carbon_after", kind=kind, climate="any")
    if row is None and climate.crop is not None:
        row = row_of("carbon_after", kind=kind, climate=climate.crop)
    return None if row is None else float(row["c_after"])


def _flu(climate: Climate, kind: CropKind | None) -> float | None:
    """Of an annual crop where the crop is not known: the largest loss of those that the tables have for farmland."""
    use = kind if kind in ("perennial", "paddy", "pasture", "wood") else "annual"
    side = "tropical" if climate.domain == "tropical" else "temperate"
    for column in ("any", side, climate.soil):
        row = None if column is None else row_of("soil", use=use, climate=column)
        if row is not None:
            return float(row["flu"])
    return None


def _peat(climate: Climate, kind: CropKind | None, is_oil_palm: bool) -> Peat:
    use = "oil_palm" if is_oil_palm else "wood" if kind == "wood" else "other"
    row = row_of("peat", domain=climate.domain, use=use) or row_of("peat", domain=climate.domain, use="other") or {}
    return Peat(row["co2"], row["ch4"], row["n2o"], row["burn_co2"], row["burn_ch4"])
