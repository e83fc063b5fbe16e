"""Whisp's pieces of evidence: the bands that each is read from, and where these say yes (methods 1.4).

What we do otherwise than Whisp stands in METHOD.md: radar alerts count only when confirmed, the day 366 of a leap year counts,
whether a plantation came after the cut-off is asked of the right year, and the forest map is the newest version.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.deforestation.forest import one_of
from shared.rasters.bands import BandSpec
from shared.rasters.catalogue import layer_of, named
from shared.rasters.encoding import alert_confidence, event_dates, event_years

Values = NDArray[np.integer]
Mask = NDArray[np.bool_]
Rule = Callable[[Sequence[Values]], Mask]
"""Values of each band of a piece on one grid, as they stand in the files → where it says yes."""
Configured = Callable[[str], bool]

CUT_OFF_YEAR: Final = 2020
CUT_OFF_DAY: Final = np.datetime64("2020-12-31", "D")
BEFORE: Final = (2000, CUT_OFF_YEAR)
AFTER: Final = (CUT_OFF_YEAR + 1, 9999)
LEAST_COVER_PCT: Final = 10
"""Hansen's loss counts where tree cover of 2000 is above this."""
CONFIRMED: Final = 3
"""Grade of RADD and GLAD-L alerts that count."""
GLAD_S2_LEAST: Final = 2
DIST_CONFIRMED: Final = (3, 6, 7, 8)
PLANTATIONS: Final = (81, 82, 83, 84, 85, 86)
"""TMF subtypes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence; the first of its bands gives the cells."""

    bands: tuple[str, ...]
    rule: Rule


def pieces(configured: Configured) -> dict[str, Piece]:
    """The pieces that can be told from the bands that are configured, by the names of `indicators.toml`."""
    found = {**_forest(), **_commodities()}
    for when, years in (("before", BEFORE), ("after", AFTER)):
        found |= {f"{name}_{when}": piece for name, piece in _disturbance(years, configured).items()}
    found["dist_after"] = _dist(configured)
    return {name: piece for name, piece in found.items() if piece.bands and all(configured(band) for band in piece.bands)}


def _forest() -> dict[str, Piece]:
    return {
        "jrc_gfc2020": Piece(("jrc_gfc2020.map",), _is(1)),
        "tmf_undisturbed_2020": Piece((f"jrc_tmf.AnnualChange_{CUT_OFF_YEAR}",), _is(1)),
        "tmf_regrowth_2024": Piece(("jrc_tmf.AnnualChange_2024",), _is(4)),
        "gft_primary": Piece(("jrc_gft2020.map",), _is(10)),
        "gft_naturally_regenerating": Piece(("jrc_gft2020.map",), _is(1)),
        "gft_planted": Piece(("jrc_gft2020.map",), _is(20)),
    }


def _commodities() -> dict[str, Piece]:
    palm = named("palm_descals.planting_day")[1]
    return {
        "tmf_plantation_2020": Piece(
            ("jrc_tmf.TransitionMap_Subtypes", "jrc_tmf.DeforestationYear"),
            lambda values: one_of(values[0], PLANTATIONS) & ~(values[1] > CUT_OFF_YEAR),
        ),
        # NaT is no date: it compares false.
        "oil_palm_2020": Piece(("palm_descals.planting_day",), lambda values: event_dates(values[0], palm) <= CUT_OFF_DAY),
        "cocoa_eth": Piece(("cocoa_eth.map",), _is(1)),
        "rubber_2020": Piece(("rubber_rbge.map",), _is(1)),
        "soy_2020": Piece(("soy_song.map",), _is(1)),
    }


def _disturbance(years: tuple[int, int], configured: Configured) -> dict[str, Piece]:
    """The six systems that see disturbance, within years, ends included."""
    loss = named("hansen_gfc.lossyear")[1]
    return {
        "tmf_degraded": _tmf("DegradationYear", years),
        "tmf_deforested": _tmf("DeforestationYear", years),
        "hansen_loss": Piece(
            ("hansen_gfc.lossyear", "hansen_gfc.treecover2000"),
            lambda values: _within(event_years(values[0], loss), years) & (values[1] > LEAST_COVER_PCT),
        ),
        "radd": _radd(years, configured),
        "glad_l": _glad_l(years, configured),
        "glad_s2": _glad_s2(years),
    }


def _tmf(band: str, years: tuple[int, int]) -> Piece:
    spec = named(f"jrc_tmf.{band}")[1]
    return Piece((f"jrc_tmf.{band}",), lambda values: _within(event_years(values[0], spec), years))


def _radd(years: tuple[int, int], configured: Configured) -> Piece:
    """By the band that holds grade and day in one number, if it is there, else by the two that hold them apart."""
    both, day = named("radd.DigitDate")[1], named("radd.Date")[1]
    if configured("radd.DigitDate"):
        return Piece(
            ("radd.DigitDate",),
            lambda values: (alert_confidence(values[0], both) >= CONFIRMED) & _within(event_years(values[0], both), years),
        )
    return Piece(("radd.Date", "radd.Alert"), lambda values: (values[1] >= CONFIRMED) & _within(event_years(values[0], day), years))


def _glad_l(years: tuple[int, int], configured: Configured) -> Piece:
    """Of one band a year, those within the years."""
    there = [band for band in _yearly("glad_l", "alert", years) if configured(band)]
    return Piece(tuple(there), lambda values: np.any([one >= CONFIRMED for one in values], axis=0))


def _glad_s2(years: tuple[int, int]) -> Piece:
    day = named("glad_s2.alertDate")[1]
    return Piece(
        ("glad_s2.alertDate", "glad_s2.alert"),
        lambda values: (values[1] >= GLAD_S2_LEAST) & _within(event_years(values[0], day), years),
    )


def _dist(configured: Configured) -> Piece:
    """Confirmed disturbance of any year after the cut-off, inside forest of 2020."""
    there = [band for band in _yearly("dist_ann", "VEG-DIST-STATUS_", AFTER) if configured(band)]
    if not there:
        return Piece((), _is())
    return Piece(
        (*there, "jrc_gfc2020.map"),
        lambda values: np.any([one_of(one, DIST_CONFIRMED) for one in values[:-1]], axis=0) & (values[-1] == 1),
    )


def _yearly(layer: str, stem: str, years: tuple[int, int]) -> list[str]:
    """Bands of a layer whose names are a stem and the year, for years within."""
    found: list[BandSpec] = [band for band in layer_of(layer).bands.values() if band.name.removeprefix(stem).isdigit()]
    return [f"{layer}.{band.name}" for band in found if band.first_year is not None and years[0] <= band.first_year <= years[1]]


def _within(year: NDArray[np.integer[Any]], years: tuple[int, int]) -> Mask:
    within: Mask = (year >= years[0]) & (year <= years[1])
    return within


def _is(*codes: int) -> Rule:
    return lambda values: one_of(values[0], codes)
