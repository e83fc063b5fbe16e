"""Values as they stand in files: which are valid, which cannot be of this layer, and which day or year they mean."""

from math import isnan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.errors import Unavailable
from shared.rasters.bands import DATES, YEARS, BandSpec

ENCODING: Final = "layer_encoding"
_DAYS_DIGITS: Final = 10_000
_DOY_DIGITS: Final = 1_000
_LONG_DIGITS: Final = 100_000
_CENTURY: Final = 2000
_FIRST_DIGIT: Final = 2
"""Alerts begin with the digit 2 (low confidence)."""


def require_whole_numbers(dtype: np.dtype[np.generic], where: str) -> None:
    """Codes are whole numbers; raises Unavailable (`layer_encoding`) for a file of fractions."""
    if dtype.kind not in "iu":
        raise Unavailable(f"{where} holds {dtype}, not whole numbers", code=ENCODING)


def require_packing(dtype: np.dtype[np.generic], scale: float, offset: float, band: BandSpec, where: str) -> None:
    """Raises Unavailable (`layer_encoding`) for a file whose number type or declared scale is not that of the catalogue.

    A file of fractions in the place of packed whole numbers was decoded already: its values would be scaled twice.
    """
    if band.dtype != "float32":
        require_whole_numbers(dtype, where)
    elif dtype.kind not in "iuf":
        raise Unavailable(f"{where} holds {dtype}, not numbers", code=ENCODING)
    if band.decoder == "quantity" and (scale, offset) not in ((1.0, 0.0), (band.scale, band.offset)):
        said = f"scale {scale:g} and offset {offset:g}, the catalogue {band.scale:g} and {band.offset:g}"
        raise Unavailable(f"{where} declares {said} for {band.name}", code=ENCODING)


def not_nodata(values: NDArray[Any], band: BandSpec, file_nodata: float | None) -> NDArray[np.bool_]:
    """True where a value is known; bool in the shape of `values`. NaN never is.

    Nodata is what the catalogue says. What a file declares counts too unless it is a code of the band: files are
    found that declare 0 as nodata where 0 says "no loss".
    """
    known = np.ones(values.shape, dtype=np.bool_) if values.dtype.kind != "f" else ~np.isnan(values)
    if band.nodata is not None:
        known &= values != band.nodata
    for low, high in band.unknown:
        known &= (values < low) | (values > high)
    if file_nodata is not None and not isnan(file_nodata) and not _is_code(file_nodata, band):
        known &= values != file_nodata
    return known


def require_codes(values: NDArray[Any], known: NDArray[np.bool_], band: BandSpec, where: str) -> None:
    """Raises Unavailable (`layer_encoding`) when a known value is outside the ranges of the catalogue, or is no date."""
    if values.dtype.kind in "iu" and band.decoder != "year_doy" and _within_one(values, band):
        return
    strange = known.copy()
    for low, high in band.values:
        strange &= (values < low) | (values > high)
    if band.decoder == "year_doy":
        day = values % _DOY_DIGITS
        strange |= known & (values > 0) & ((day < 1) | (day > 366))
    if strange.any():
        raise Unavailable(f"{where} holds {values[strange][0]}, which is no value of {band.name}", code=ENCODING)


def _within_one(values: NDArray[Any], band: BandSpec) -> bool:
    """Whether all values, known or not, lie within one range of the catalogue: mostly so, and told faster than of each cell."""
    least, most = (int(values.min()), int(values.max())) if values.size else (0, 0)
    return any(low <= least and most <= high for low, high in band.values)


def event_dates(values: NDArray[np.integer], band: BandSpec) -> NDArray[np.datetime64]:
    """Day of the event in each cell of a band of dates, NaT where there is none; datetime64[D] in the shape of `values` (methods 1.3).

    Raises ValueError for a band that holds no days.
    """
    number = values.astype(np.int64)
    first = np.full(values.shape, band.epoch or f"{band.first_year or 1970}-01-01", dtype="datetime64[D]")
    match band.decoder:
        case "days_since":
            days, found = number, number > 0
        case "digit_days":
            days, found = number % _DAYS_DIGITS, number >= _FIRST_DIGIT * _DAYS_DIGITS
        case "day_of_year":
            days, found = number - 1, number > 0
        case "year_doy":
            years = number % _LONG_DIGITS // _DOY_DIGITS + _CENTURY - 1970  # of YYYYDDD the last two digits of the year
            first = years.astype("datetime64[Y]").astype("datetime64[D]")
            days, found = number % _DOY_DIGITS - 1, number > 0
        case _:
            raise ValueError(f"{band.name} holds no days")
    dates: NDArray[np.datetime64] = np.where(found, first + days.astype("timedelta64[D]"), np.datetime64("NaT", "D"))
    return dates


def event_years(values: NDArray[np.integer], band: BandSpec) -> NDArray[np.int16]:
    """Year of the event in each cell of a band of years or dates, 0 where there is none; int16 in the shape of `values`.

    0 on raw tiles is "no event", never a year: `lossyear <= 20` alone would take it for one (methods 1.3).
    """
    if band.decoder in DATES:
        dates = event_dates(values, band)
        return np.where(np.isnat(dates), 0, dates.astype("datetime64[Y]").astype(np.int64) + 1970).astype(np.int16)
    if band.decoder not in YEARS:
        raise ValueError(f"{band.name} holds no years")
    years = values.astype(np.int16) + np.int16(band.year_offset)
    return np.where(values > 0, years, np.int16(0))


def alert_confidence(values: NDArray[np.integer], band: BandSpec) -> NDArray[np.uint8]:
    """First digit of a `digit_days` band: 2 low, 3 high, 4 highest (several systems), 0 no alert; uint8 in the shape of `values`."""
    if band.decoder != "digit_days":
        raise ValueError(f"{band.name} holds no confidence")
    return (values.astype(np.int64) // _DAYS_DIGITS).astype(np.uint8)


def _is_code(value: float, band: BandSpec) -> bool:
    return value != band.nodata and any(low <= value <= high for low, high in band.values)
