"""The published fields of plots from their sums, by column: what is not known is nan or None, and never zero; aligned by plot."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.deforestation.context import largest
from services.deforestation.extras import FAMILY_OF, GLAD, ROLES, SENSOR_OF
from services.deforestation.rules import CUT_OFF, FIRST_YEAR, Period, Thresholds
from services.deforestation.standing import SOURCES, Standing
from services.deforestation.states import told
from services.deforestation.sums import Sums
from shared.columns import alike, named
from shared.rounding import all_rounded

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Words = dict[str, Sequence[Any]]
_YEARLY = ("hansen", "tmf")
_NEARLY_ALL = 1 - 1e-9
"""Sums of the same cells in another order."""


def shares(standing: Standing, sums: Sums, known: Mask) -> dict[str, Floats]:
    """Who agrees, on the loss and on the baseline; `known` says of which plots the loss is."""
    has_loss = known & (sums.annual != 0).any(axis=1)
    return {
        "agreement": ratio(sums.agreeing, sums.looking, has_loss & (sums.looking > 0)),
        "baseline_agreement": np.minimum(1.0, ratio(sums.votes_forest, sums.votes_valid, sums.votes_valid > 0)),
        "valid_fraction": standing.valid_fraction,
    }


def areas(standing: Standing, sums: Sums, known: Mask, rules: Thresholds) -> dict[str, Floats]:
    """Areas of the plots, their baseline and their loss."""
    tmf, based, hansen = standing.available("jrc_tmf"), standing.is_based, standing.has("hansen")
    disturbed = np.any([tmf, *(share > 0 for name, share in standing.shares.items() if name not in _YEARLY)], axis=0)
    planted = standing.available("jrc_tmf", *(layer for layer, role in ROLES.items() if role == "plantation"))
    enough = based & (standing.valid_fraction >= rules.value_min_share)
    return {
        "plot_area_ha": standing.area_ha,
        "cell_area_ha": sums.total,
        "forest_2020_ha": where(based, sums.forest),
        "forest_2020_pct": ratio(100 * sums.forest, sums.total, enough),
        "primary_2020_ha": where(tmf, sums.primary),
        "excluded_commodity_ha": where(planted, sums.excluded),
        "loss_on_excluded_ha": where(planted & known, sums.loss_excluded),
        "loss_on_disputed_ha": where(known, sums.loss_disputed),
        "disturbance_ha": where(disturbed & based, sums.disturbance),
        "loss_hansen_ha": where(hansen & based, sums.by_source["hansen"]),
        "loss_tmf_def_ha": where(tmf & based, sums.by_source["tmf"]),
        "loss_tmf_deg_ha": where(tmf & based, sums.tmf_degradation),
    }


def sources(standing: Standing, sums: Sums, known: Mask) -> dict[str, Floats]:
    """What each alert system shows by itself, and what of the loss is unconfirmed or seen by two sensors."""
    layers_of = {"radd": ("radd",), "glad": GLAD, "dist": ("dist_alert", "dist_ann"), "gfw_integrated": ("gfw_integrated",)}
    nothing = np.zeros(len(standing))
    return {
        f"loss_{name}_ha": where(standing.is_based & standing.available(*layers), sums.by_source.get(name, nothing))
        for name, layers in layers_of.items()
    } | {
        "loss_unconfirmed_ha": where(known, np.maximum(0.0, sums.loss - sums.loss_confirmed)),
        "loss_two_sensors_ha": where(known, sums.loss_seen_twice),
    }


def lands(standing: Standing, sums: Sums) -> dict[str, Floats]:
    """Forest types and natural land in the plots; without those whose layer is not configured."""
    layer_of = {
        "primary_gft": ("gft_primary_2020_ha", "jrc_gft2020"),
        "regenerating_gft": ("gft_regenerating_2020_ha", "jrc_gft2020"),
        "planted_gft": ("gft_planted_2020_ha", "jrc_gft2020"),
        "natural_forest": ("natural_forest_2020_ha", "natural_forest"),
        "natural_lands": ("natural_lands_2020_ha", "sbtn_natural"),
    }
    held = ((*layer_of[name], area_ha) for name, area_ha in sums.context.lands.items())
    return {field: where(standing.available(layer), area_ha) for field, layer, area_ha in held}


def series(standing: Standing, sums: Sums, known: Mask, period: Period) -> Words:
    """The yearly series: a year that was not asked about or not observed is not zero."""
    looked = _looked_at(standing, period) | (sums.annual > 0)
    annual = np.where(looked & known[:, np.newaxis], sums.annual, np.nan)
    return {
        "annual_defor_ha": [row if is_so else None for row, is_so in zip(_rows(annual), known.tolist(), strict=True)],
        "hansen_loss_ha_by_year": [
            row if is_so else None for row, is_so in zip(_rows(sums.hansen_by_year), standing.has("hansen").tolist(), strict=True)
        ],
    }


def dates(sums: Sums, known: Mask) -> Words:
    """First and last day of the loss; None without any."""
    has_loss = known & (sums.annual != 0).any(axis=1)
    by_day = sums.dates.by_day_ha >= sums.loss * _NEARLY_ALL
    return {
        "deforestation_start": _days(sums.dates.first, has_loss),
        "deforestation_end": _days(sums.dates.last, has_loss),
        "date_precision": [
            None if not is_so else "day" if dated else "year" for is_so, dated in zip(has_loss.tolist(), by_day.tolist(), strict=True)
        ],
    }


def who_shows(standing: Standing, sums: Sums, known: Mask) -> Words:
    """How many families there are, and which of them, which sources and which sensors show the loss."""
    shown = {name: known & (area > 0) for name, area in sums.shown.items()}
    families, sensors = (_joined(shown, of_name) for of_name in (FAMILY_OF, SENSOR_OF))
    return {
        "families_available": standing.families_available.tolist(),
        "families_flagging": np.sum(list(families.values()), axis=0, dtype=np.int64).tolist(),
        "sources_flagging": named(shown, len(standing)),
        "sensors_flagging": named(dict(sorted(sensors.items())), len(standing)),
    }


def places(standing: Standing, sums: Sums) -> Words:
    """What is said of the place: its layers, its baseline, and beside the loss its driver and the land cover after it."""
    has_loss = sums.loss > 0
    return {
        "baseline_source": [None if source < 0 else SOURCES[source] for source in standing.source.tolist()],
        "analysis_grid": standing.grid.tolist(),
        "layer_states": told(standing.states),
        "driver_class": largest(sums.context.drivers, has_loss),
        "post_loss_landcover": largest(sums.context.land_cover, has_loss),
    }


def where(known: Mask, values: Floats) -> Floats:
    """The values, nan where they are not known."""
    return np.where(known, values, np.nan)


def ratio(part: Floats, whole: Floats, known: Mask) -> Floats:
    """`part / whole`, nan where it is not known."""
    share: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=known)
    return share


def _looked_at(standing: Standing, period: Period) -> Mask:
    """For each year from 2021: it is asked about, and Hansen or TMF is there and has observed it; [plots, years]."""
    years = np.arange(FIRST_YEAR, period.last_year + 1)
    asked = (period.years >> (years - FIRST_YEAR) & 1).astype(np.bool_)
    last = np.maximum(*(np.where(standing.has(name), getattr(period, f"{name}_last"), CUT_OFF.year) for name in _YEARLY))
    looked: Mask = asked & (years <= last[:, np.newaxis])
    return looked


def _rows(amounts: Floats) -> list[tuple[float | None, ...]]:
    """Rounded amounts [plots, years] by plot, None for nan; those of plots without any are made once for all that are alike."""
    if not amounts.size:
        return [()] * len(amounts)
    away, has_any = np.isnan(amounts), (amounts > 0).any(axis=1)
    quiet = alike([row.tobytes() for row in away], lambda row: tuple(None if one else 0.0 for one in row))
    for plot, row in zip(np.flatnonzero(has_any).tolist(), all_rounded(amounts[has_any]), strict=True):
        quiet[plot] = tuple(row)
    return quiet


def _days(days: NDArray[np.int64], known: Mask) -> list[Any]:
    """Dates of days after the cut-off, None where they are not known."""
    listed: list[Any] = np.where(known, np.datetime64(CUT_OFF) + days, np.datetime64("NaT", "D")).tolist()
    return listed


def _joined(masks: Mapping[str, Mask], of_name: Mapping[str, str]) -> dict[str, Mask]:
    """Where any of the masks of one family, or of one sensor, holds; without names that belong to none."""
    found: dict[str, Mask] = {}
    for name in masks.keys() & of_name.keys():
        found[of_name[name]] = found.get(of_name[name], np.False_) | masks[name]
    return found
