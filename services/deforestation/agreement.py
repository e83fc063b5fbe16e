"""Who agrees on the loss: families and sensors that flag a cell within a year and a pixel, and families that could have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.deforestation.entries import Entries
from services.deforestation.events import Events, agreeing
from services.deforestation.extras import FAMILY_OF
from services.deforestation.patches import Bits, Mask
from services.deforestation.rules import Thresholds

FAMILIES: Final = ("hansen", "tmf", "radd", "optical")
WATCHING: Final = ("hansen", "tmf")
"""Families whose silence is an observation."""
TWO: Final = 2
Areas = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Flags:
    """What one source says of a family and a sensor; sets of years, [height, width]."""

    family: str
    sensor: str | None
    reach: int
    bits: Bits
    confirmed: Bits


@dataclass(frozen=True, slots=True)
class Agreement:
    """Where families agree with the first counted event of a lost cell; by entry of the loss [n], empty where nothing is lost."""

    families: Mapping[str, Mask]
    sees: Mapping[str, Mask]
    """Where an alert family has data of the year of that event."""
    two_sensors: Mask | None
    """Where two sensors do, by confirmed events alone."""


NOBODY: Final = Agreement({}, {}, None)


def flags_of(happened: Events, reaches: tuple[int, int]) -> Iterator[Flags]:
    """Every source that belongs to a family; `reaches` are one pixel of Hansen and of TMF in cells."""
    tmf = happened.tmf | (happened.degradation & happened.counted)
    yield Flags("hansen", "landsat", reaches[0], happened.hansen, happened.hansen)
    yield Flags("tmf", "landsat", reaches[1], tmf, tmf)
    for trace in happened.alerts.traces:
        if trace.system.family is not None:
            bits = trace.loss | (trace.weak_in & happened.counted)
            yield Flags(trace.system.family, trace.system.sensor, trace.reach, bits, trace.confirmed)


def agreements(lost: Entries, event: Bits, happened: Events, reaches: tuple[int, int], rules: Thresholds) -> Agreement:
    """Which families and how many sensors agree with the first event (sets of one year) of each entry of the loss.

    `reaches` are one pixel of Hansen and of TMF in cells.
    """
    if not len(event):
        return NOBODY
    families: dict[str, Mask] = {}
    sensors: dict[str, Mask] = {}
    for one in flags_of(happened, reaches):
        near = agreeing(one.bits, lost.cell, event, one.reach, rules)
        _join(families, one.family, near)
        if one.sensor is not None:
            is_same = one.confirmed is one.bits
            _join(sensors, one.sensor, near if is_same else agreeing(one.confirmed, lost.cell, event, one.reach, rules))
    count = np.add.reduce([mask.astype(np.uint8) for mask in sensors.values()])
    sees: dict[str, Mask] = {}
    for name in happened.alerts.known:
        if name in FAMILY_OF:
            _join(sees, FAMILY_OF[name], happened.alerts.sees(name, lost.cell, event))
    return Agreement(families, sees, count >= TWO)


def family_sums(lost: Entries, outlines: int, sees: Mapping[str, Mask], agreed: Agreement) -> tuple[Areas, Areas]:
    """Families that flag, and that look, times area over the loss. One that flags looks, by definition: no more agree than look.

    `sees` (Hansen and TMF) and `agreed` are by entry of the loss.
    """
    agreeing_ha, looking_ha = np.zeros(outlines), np.zeros(outlines)
    nobody = np.zeros(len(lost.cell), dtype=np.bool_)
    for family in FAMILIES:
        flags = agreed.families.get(family, nobody)
        seen = sees.get(family, agreed.sees.get(family, nobody))
        agreeing_ha = agreeing_ha + lost.total_ha(outlines, flags)
        looking_ha = looking_ha + lost.total_ha(outlines, seen | flags)
    return agreeing_ha, looking_ha


def _join(masks: dict[str, Mask], name: str, mask: Mask) -> None:
    masks[name] = masks[name] | mask if name in masks else mask
