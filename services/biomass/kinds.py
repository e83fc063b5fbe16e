"""Kinds of loss, kinds of ground, and the key of a record that holds them with the year of loss and the stock before it."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Kind(IntEnum):
    """What became of lost forest, as far as a layer tells; only the first two are land-use change."""

    CONVERSION = 1
    SHIFTING = 2
    """Conversion by shifting cultivation."""
    REPLANTING = 3
    """It was a plantation before."""
    LOGGING = 4
    FIRE = 5
    NATURAL = 6
    OTHER_USE = 7
    """Mining, settlements: neither crop nor pasture."""
    OUTSIDE_MASK = 8
    """In a region, off the mask of its crop."""


class Ground(IntEnum):
    """What the forest stood on."""

    NOT_KNOWN = 0
    MINERAL = 1
    PEAT = 2
    MANGROVE = 3
    """Lost after 2020, and mangrove in the land cover of 2020; never counted as peat."""


TIER1 = 62
"""Place of the Tier 1 table among the stocks."""
NO_STOCK = 63
AGB, BGB, AFTER, SD, SD_SQUARED, SOC, RATIO, PEAT, LANDCOVER, DRIVER, PLANTATION = range(11)
"""Quantities of a record: t/ha above and below ground, t C/ha of the crop afterwards, t/ha of error and its square, t C/ha of soil.

The others are what bands say, kept to know where they say anything."""
QUANTITIES = 11
_YEARS, _STOCKS, _GROUNDS = 64, 64, 4


def key_of(kind: Ints, year: Ints, stock: Ints, ground: Ints) -> Ints:
    """One number over 0 of a kind, a year of loss (1 is 2001), the place of its stock, and the ground."""
    return ((kind * _YEARS + year) * _STOCKS + stock) * _GROUNDS + ground


def parts_of(key: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Kind, year, stock and ground of keys."""
    rest, ground = np.divmod(key, _GROUNDS)
    rest, stock = np.divmod(rest, _STOCKS)
    kind, year = np.divmod(rest, _YEARS)
    return kind, year, stock, ground
