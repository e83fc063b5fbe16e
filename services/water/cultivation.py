"""Water of the crop of one plot: its season, what it needs, and the footprint of a tonne."""

from dataclasses import dataclass, field

from services.water.calendar import YEAR_MONTHS, month_days, month_start
from services.water.crop_table import crop_table
from services.water.crop_water import CropNeed, need_of, season_of
from services.water.footprint import Practice, footprint_m3_t, grey_m3_t, practice_of
from services.water.indicators import Found, Months, period
from services.water.rules import RAIN, REFERENCE_ET, series
from shared.crops import crop_of
from shared.errors import Refused
from shared.outcome import Terms


@dataclass(frozen=True, slots=True)
class Cultivation:
    """What a run says of its crop: the same for all plots."""

    crop: str | None
    """Row of the crop table."""
    practice: Practice
    reasons: frozenset[str] = field(default_factory=frozenset)
    """Why there is no crop, or no practice."""


def cultivation_of(terms: Terms) -> Cultivation:
    """Crop and practice of a run's terms."""
    reasons = set()
    try:
        practice = practice_of(terms.input_payload)
    except Refused as refusal:
        practice = Practice()
        reasons.add(refusal.code)
    crop = crop_of(terms.crop_type)
    if crop is None:
        reasons.add("crop_not_stated" if terms.crop_type is None else "crop_unknown")
    elif crop.fao56 is None:
        reasons.add("crop_without_coefficients")
    return Cultivation(None if crop is None else crop.fao56, practice, frozenset(reasons))


def cultivate(months: Months, held: Cultivation, found: Found) -> None:
    """Add the water of the crop to what is known of a plot."""
    found.reasons |= held.reasons
    if held.crop is None:
        return
    crop = crop_table().crops[held.crop]
    found.values["crop"] = held.crop
    if crop.footprint is not None:
        names = ("wf_green_world_m3_t", "wf_blue_world_m3_t", "wf_grey_world_m3_t")
        found.values |= dict(zip(names, crop.footprint, strict=True))
    _practice(held.practice, months, found)
    chosen = _sources(months)
    if chosen is None:
        found.reasons.add("no_year:crop")
        return
    reference, rain, first = chosen
    days, rain_mm, et0_mm = month_days(first, YEAR_MONTHS), months.of(rain, first), months.of(reference, first)
    season = season_of(crop, rain_mm, et0_mm, days, months.rules.growing_min_share)
    need = need_of(season, rain_mm, et0_mm, days)
    found.periods["crop"] = period(first)
    found.flags.add("kc_standard_climate")
    if not season.rainfed_start:
        found.flags.add("season_without_rain")
    layers = series(months.rules)
    found.values |= {
        "crop_source": f"{layers[reference].layer}+{layers[rain].layer}",
        "season_start": month_start(first + season.start),
        "season_days": len(season.kc),
        "etc_mm": need.etc_mm,
        "effective_rain_mm": need.peff_mm,
        "deficit_mm": need.deficit_mm,
    }
    _footprint(need, held.practice, found)


def _sources(months: Months) -> tuple[str, str, int] | None:
    """Reference evapotranspiration and rain that both know a year, the first that do, and its first month."""
    for reference in REFERENCE_ET:
        for rain in RAIN.values():
            first = months.year((reference, rain))
            if first is not None:
                return reference, rain, first
    return None


def _practice(practice: Practice, months: Months, found: Found) -> None:
    """What is stated, and the grey footprint, which needs no weather."""
    found.values |= {"yield_t_ha": practice.yield_t_ha, "irrigated": practice.irrigated}
    if practice.yield_t_ha is None:
        found.reasons.add("yield_not_stated")
    if practice.irrigated is None:
        found.reasons.add("irrigation_not_stated")
    if practice.nitrogen_kg_ha is None:
        found.reasons.add("nitrogen_not_stated")
    elif practice.yield_t_ha is not None:
        found.values["wf_grey_m3_t"] = grey_m3_t(practice.nitrogen_kg_ha, practice.yield_t_ha, months.rules)


def _footprint(need: CropNeed, practice: Practice, found: Found) -> None:
    """Green of what rain covers; blue of the rest where it is irrigated, none where it is not, unknown where nothing is said."""
    if practice.yield_t_ha is None:
        return
    found.values["wf_green_m3_t"] = footprint_m3_t(need.green_mm, practice.yield_t_ha)
    if practice.irrigated is not None:
        found.values["wf_blue_m3_t"] = footprint_m3_t(need.deficit_mm if practice.irrigated else 0.0, practice.yield_t_ha)
