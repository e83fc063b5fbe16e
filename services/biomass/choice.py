"""The factors of one plot: chosen from the tables by its climate and its crop."""

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
class Wood:
    """How the carbon of a forest hangs on its biomass above ground; None where the climate is not known."""

    carbon_fraction: float
    """t C per t of wood."""
    root_shoot_low: float
    """Below over above ground, where the biomass above is at most `Rules.high_agb_tha`, and over it."""
    root_shoot_high: float
    dead_wood: float | None
    """Share of the biomass above ground."""
    litter: float | None

    def tc_per_t(self, agb_tha: float, high_agb_tha: float) -> float:
        """t C of all pools of biomass per t above ground, where that is `agb_tha`."""
        ratio = self.root_shoot_high if agb_tha > high_agb_tha else self.root_shoot_low
        return self.carbon_fraction * (1.0 + ratio) + self.dead_tc

    @property
    def dead_tc(self) -> float:
        """t C of dead wood and litter, as far as they are known, per t of biomass above ground."""
        return (self.dead_wood or 0.0) * self.carbon_fraction + (self.litter or 0.0) * CARBON["carbon_fraction_litter"]


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of a plot; None where the climate that chooses them is not known."""

    forest: Wood
    mangrove: Wood
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
def factors_of(climate: Climate, kind: CropKind | None, is_oil_palm: bool) -> Factors:
    """The factors; `kind` is that of the crop, None where the crop is not given or not known."""
    row = None if climate.zone is None else row_of("forest", zone=climate.zone, continent=climate.continent or "")
    after, flu, forest = _after(climate, kind), _flu(climate, kind), _forest(climate, row)
    remarks = {
        "crop_not_known": kind is None,
        "carbon_after_not_deducted": after is None,
        "climate_not_known": forest.dead_wood is None or flu is None,
        "root_shoot_by_default": row is None,
    }
    fire = row_of("fire", domain=climate.domain, forest="other") or {}
    shifting = row_of("soil", use="shifting", climate="any") or {}
    return Factors(
        forest=forest,
        mangrove=_mangrove(climate),
        tier1_agb_tha=None if row is None else row["agb_primary"],
        after_tc_ha=after or 0.0,
        flu=flu,
        flu_shifting=shifting["flu"],
        burning=Burning(fire["cf"], fire["gef_ch4"], fire["gef_n2o"]),
        peat=_peat(climate, kind, is_oil_palm),
        remarks=tuple(sorted(name for name, is_so in remarks.items() if is_so)),
    )


def _forest(climate: Climate, row: Row | None) -> Wood:
    if climate.domain != "tropical":
        dead = row_of("dead_matter", domain=climate.domain, rain="any")
    else:
        dead = None if climate.rain is None else row_of("dead_matter", domain="tropical", rain=climate.rain)
    default = CARBON["root_shoot_fallback"]
    low, high = (default, default) if row is None else (row["r_low"], row["r_high"])
    return _wood(CARBON["carbon_fraction"], low, high, dead)


def _mangrove(climate: Climate) -> Wood:
    column = "subtropical" if climate.domain != "tropical" else "tropical_dry" if climate.rain == "dry" else "tropical_wet"
    told = climate.domain != "tropical" or climate.rain is not None
    dead = row_of("dead_matter", domain="mangrove", rain=column) if told else None
    ratio = CARBON["root_shoot_fallback"] if dead is None else dead["root_shoot"]
    return _wood(CARBON["carbon_fraction_mangrove"], ratio, ratio, dead)


def _wood(fraction: float, low: float, high: float, dead: Row | None) -> Wood:
    return Wood(fraction, low, high, None if dead is None else dead["dead_wood"], None if dead is None else dead["litter"])


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
