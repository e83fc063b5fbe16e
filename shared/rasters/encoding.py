"""Values as they stand in files: which are valid, which cannot be of this layer, and which year they mean."""

import numpy as np
from numpy.typing import NDArray

from shared.errors import Unavailable
from shared.rasters.catalogue import BandSpec

ENCODING = "layer_encoding"


def require_whole_numbers(dtype: np.dtype[np.generic], where: str) -> None:
    """Every band of the catalogue holds codes; raises Unavailable (`layer_encoding`) for a file of fractions."""
    if dtype.kind not in "iu":
        raise Unavailable(f"{where} holds {dtype}, not whole numbers", code=ENCODING)


def not_nodata(values: NDArray[np.integer], band: BandSpec, file_nodata: float | None) -> NDArray[np.bool_]:
    """True where a value is known; bool in the shape of `values`.

    Nodata is what the catalogue says. What a file declares counts too unless it is a code of the band: files are
    found that declare 0 as nodata where 0 says "no loss".
    """
    known = np.ones(values.shape, dtype=np.bool_)
    if band.nodata is not None:
        known &= values != band.nodata
    if file_nodata is not None and not (_is_code(file_nodata, band)):
        known &= values != file_nodata
    return known


def require_codes(values: NDArray[np.integer], known: NDArray[np.bool_], band: BandSpec, where: str) -> None:
    """Raises Unavailable (`layer_encoding`) when a known value is outside the ranges of the catalogue."""
    strange = known.copy()
    for low, high in band.values:
        strange &= (values < low) | (values > high)
    if strange.any():
        raise Unavailable(f"{where} holds {values[strange][0]}, which is no value of {band.name}", code=ENCODING)


def event_years(values: NDArray[np.integer], band: BandSpec) -> NDArray[np.int16]:
    """Year of the event in each cell of a `year` or `year_offset` band, 0 where there is none; int16 in the shape of `values`.

    0 on raw tiles is "no event", never a year: `lossyear <= 20` alone would take it for one (methods 1.3).
    """
    if band.decoder not in ("year", "year_offset"):
        raise ValueError(f"{band.name} holds no years")
    years = values.astype(np.int16) + np.int16(band.year_offset)
    return np.where(values > 0, years, np.int16(0))


def _is_code(value: float, band: BandSpec) -> bool:
    return value != band.nodata and any(low <= value <= high for low, high in band.values)
