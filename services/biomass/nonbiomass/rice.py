"""Methane of flooded rice, `CH4 = EFc·SFw·SFp·SFo·t`: IPCC 2019, volume 4, chapter 5, equations 5.1 to 5.3."""

from collections.abc import Iterable

from services.biomass.nonbiomass.factors import RiceFactors


def rice_ch4_kg_ha(
    region: str, water_regime: str, pre_season: str, season_days: float, amendments_t_ha: Iterable[tuple[str, float]], tables: RiceFactors
) -> float:
    """CH4 of one season in kg per ha; amendments by kind in t per ha (straw dry, all others fresh)."""
    organic: float = (1 + sum(tonnes * tables.amendment[kind] for kind, tonnes in amendments_t_ha)) ** tables.organic_exponent
    daily = tables.baseline_kg_ch4_ha_day[region] * tables.water_regime[water_regime] * tables.pre_season[pre_season]
    return daily * organic * season_days
