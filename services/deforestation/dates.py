"""When the loss happened: the day of an alert where one dates a cell, else the whole of its year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.deforestation.alerts import NO_DAY
from services.deforestation.entries import Entries
from services.deforestation.events import Events, year_index
from services.deforestation.rules import CUT_OFF, FIRST_YEAR


@dataclass(frozen=True, slots=True)
class Dates:
    """First and last possible day of the loss, in days after 2020-12-31, by outline [k]; meaningless without loss."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    by_day_ha: NDArray[np.float64]
    """Loss whose day is known."""


def dates(lost: Entries, outlines: int, event: NDArray[np.uint16], happened: Events) -> Dates:
    """The days of the `lost` entries, each in the year of its first event (sets of one year)."""
    first, last = np.full(outlines, int(NO_DAY), dtype=np.int64), np.full(outlines, -1, dtype=np.int64)
    if not len(event):
        return Dates(first, last, np.zeros(outlines))
    day = np.full(len(event), int(NO_DAY), dtype=np.int64)
    for trace in happened.alerts.traces:
        day = np.minimum(day, lost.at(trace.first_day))
    index = year_index(event)
    begin, end = year_start(index), year_start(index + 1) - 1
    by_day = (day >= begin) & (day <= end)
    np.minimum.at(first, lost.outline, np.where(by_day, day, begin))
    np.maximum.at(last, lost.outline, np.where(by_day, day, end))
    return Dates(first, last, lost.total_ha(outlines, by_day))


def year_start(index: NDArray[np.intp]) -> NDArray[np.int64]:
    """Days from 2020-12-31 to the first day of the year of that index (0 is 2021)."""
    years = np.datetime64(str(FIRST_YEAR), "Y") + index.astype("timedelta64[Y]")
    days: NDArray[np.int64] = (years.astype("datetime64[D]") - np.datetime64(CUT_OFF, "D")).astype(np.int64)
    return days
