"""The layers that are read when a deployment has them: alert systems, votes, plantations, and what is only said beside the loss."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from services.deforestation.rules import CUT_OFF
from shared.rasters.catalogue import layer_of

Family = Literal["hansen", "tmf", "radd", "optical"]
Sensor = Literal["landsat", "sentinel_1", "sentinel_2"]
Role = Literal["forest", "plantation", "alert", "context"]

WEAK, UNCONFIRMED, CONFIRMED = 1, 2, 3
"""Grades of an alert: a disturbance, a loss that nobody confirmed, a confirmed loss."""

GFT: Final = "jrc_gft2020.map"
LAND_COVER_2020: Final = "worldcover_2020.map"
LAND_COVER_AFTER: Final = "worldcover.map"
MAIN_CLASSES: Final = "jrc_tmf.TransitionMap_MainClasses"
PALM: Final = "palm_descals.planting_day"
MASKS: Final = ("cocoa_eth.map", "rubber_rbge.map", "soy_song.map")
DRIVERS: Final = "drivers_1km.class"
NATURAL_FOREST: Final = "natural_forest.probability"
NATURAL_LANDS: Final = "sbtn_natural.classification"


@dataclass(frozen=True, slots=True)
class AlertBands:
    """Bands that say together when and how surely a system alerted; of one year, or of all."""

    date: str
    """`layer.band`."""
    grade: str
    """The same band where the confidence is a digit of the date."""
    first_year: int
    last_year: int
    """What they have observed."""

    @property
    def names(self) -> tuple[str, ...]:
        """The bands to read."""
        return (self.date,) if self.date == self.grade else (self.date, self.grade)

    @property
    def layer(self) -> str:
        """Id of the layer."""
        return self.date.partition(".")[0]


@dataclass(frozen=True)
class System:
    """One alert system: its family and sensor (None: a mixture, which is no family), and what its codes mean."""

    name: str
    layers: tuple[str, ...]
    family: Family | None
    sensor: Sensor | None
    codes: tuple[tuple[int, int, int], ...]
    """Code of confidence or status, its grade, and its grade where the commodity is wood (methods 1.2, 1.5)."""

    def grades(self, wood: bool) -> NDArray[np.uint8]:
        """Grade by code; 0 for codes that say nothing."""
        table = np.zeros(256, dtype=np.uint8)
        for code, grade, of_wood in self.codes:
            table[code] = of_wood if wood else grade
        return table


_DIST = (
    *((code, WEAK, UNCONFIRMED) for code in (1, 2)),
    *((code, WEAK, CONFIRMED) for code in (3, 7, 9)),
    *((code, UNCONFIRMED, UNCONFIRMED) for code in (4, 5)),
    *((code, CONFIRMED, CONFIRMED) for code in (6, 8, 10)),
)
"""VEG-DIST-STATUS: with less than half of the vegetation lost 1 first, 2 provisional, 3 confirmed, 7 finished, 9 of the year
before; with more 4, 5, 6, 8, 10."""
_GFW = ((2, WEAK, UNCONFIRMED), (3, CONFIRMED, CONFIRMED), (4, CONFIRMED, CONFIRMED))
SYSTEMS: Final = (
    System("radd", ("radd",), "radd", "sentinel_1", ((2, WEAK, UNCONFIRMED), (3, CONFIRMED, CONFIRMED))),
    System("glad_l", ("glad_l",), "optical", "landsat", ((2, UNCONFIRMED, UNCONFIRMED), (3, CONFIRMED, CONFIRMED))),
    System(
        "glad_s2",
        ("glad_s2",),
        "optical",
        "sentinel_2",
        ((2, UNCONFIRMED, UNCONFIRMED), (3, CONFIRMED, CONFIRMED), (4, CONFIRMED, CONFIRMED)),
    ),
    System("dist", ("dist_alert", "dist_ann"), "optical", "sentinel_2", _DIST),
    System("gfw_integrated", ("gfw_integrated",), None, None, _GFW),
)
GLAD: Final = ("glad_l", "glad_s2")
FAMILY_OF: Final[dict[str, Family]] = {
    "hansen": "hansen",
    "tmf": "tmf",
    **{system.name: system.family for system in SYSTEMS if system.family},
}
SENSOR_OF: Final[dict[str, Sensor]] = {
    "hansen": "landsat",
    "tmf": "landsat",
    **{system.name: system.sensor for system in SYSTEMS if system.sensor},
}
"""By source, without mixtures."""
ROLES: Final[dict[str, Role]] = {
    "jrc_gft2020": "forest",
    "worldcover_2020": "forest",
    "radd": "alert",
    "glad_l": "alert",
    "glad_s2": "alert",
    "dist_alert": "alert",
    "dist_ann": "alert",
    "gfw_integrated": "alert",
    "palm_descals": "plantation",
    "cocoa_eth": "plantation",
    "rubber_rbge": "plantation",
    "soy_song": "plantation",
    "drivers_1km": "context",
    "worldcover": "context",
    "natural_forest": "context",
    "sbtn_natural": "context",
}
"""Optional layers and what they are for. One of `context` that fails hides no loss; any other may (methods 1.5)."""


@cache
def sets_of(layer: str) -> tuple[tuple[str, ...], ...]:
    """Sets of bands of an optional layer, each of which speaks by itself; the date stands before the grade."""
    if layer == "glad_l":
        names = sorted(name.removeprefix("alertDate") for name in layer_of(layer).bands if name.startswith("alertDate"))
        return tuple((f"glad_l.alertDate{year}", f"glad_l.alert{year}") for year in names)
    if layer == "dist_ann":
        years = sorted(name.rpartition("_")[2] for name in layer_of(layer).bands if name.startswith("VEG-DIST-DATE"))
        return tuple((f"dist_ann.VEG-DIST-DATE_{year}", f"dist_ann.VEG-DIST-STATUS_{year}") for year in years)
    return _SETS.get(layer) or tuple((f"{layer}.{band}",) for band in layer_of(layer).bands)


_SETS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "radd": (("radd.DigitDate",), ("radd.Date", "radd.Alert")),
    "glad_s2": (("glad_s2.alertDate", "glad_s2.alert"),),
    "dist_alert": (("dist_alert.VEG-DIST-DATE", "dist_alert.VEG-DIST-STATUS"),),
    "drivers_1km": ((DRIVERS,),),
}


@dataclass(frozen=True)
class Extras:
    """The optional layers of this deployment."""

    alerts: tuple[tuple[System, tuple[AlertBands, ...]], ...] = ()
    plantations: tuple[str, ...] = ()
    """Bands of plantation layers beside TMF's subtypes."""
    bands: tuple[str, ...] = ()
    """Every optional band that is read."""
    lacking: tuple[str, ...] = ()
    """Bands without which others that are configured say nothing."""

    @cached_property
    def read(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """By layer, the sets of bands that are read; without layers that are not configured."""
        held = set(self.bands)
        sets = {layer: tuple(bands for bands in sets_of(layer) if held.issuperset(bands)) for layer in ROLES}
        return {layer: bands for layer, bands in sets.items() if bands}


def extras(configured: Callable[[str], bool], last_year: Callable[[str], int | None]) -> Extras:
    """The optional layers of which all that is needed is `configured` (by `layer.band`)."""
    bands, lacking = [], []
    for layer in ROLES:
        for names in sets_of(layer):
            there = [name for name in names if configured(name)]
            bands += there if len(there) == len(names) else []
            lacking += [name for name in names if there and name not in there]
    held = set(bands)
    alerts = tuple((system, found) for system in SYSTEMS if (found := tuple(_alert_bands(system, held, last_year))))
    plantations = tuple(name for name in (PALM, *MASKS) if name in held and _stood_by_cut_off(name))
    more = [MAIN_CLASSES] if configured(MAIN_CLASSES) else []
    return Extras(alerts, plantations, (*bands, *more), tuple(lacking))


def _alert_bands(system: System, held: set[str], last_year: Callable[[str], int | None]) -> Iterator[AlertBands]:
    for layer in system.layers:
        for names in sets_of(layer):
            if held.issuperset(names):
                spec = layer_of(layer).band(names[0].partition(".")[2])
                first, last = spec.first_year or CUT_OFF.year, spec.last_year or CUT_OFF.year
                yield AlertBands(names[0], names[-1], first, min(last, last_year(names[0]) or last))


def _stood_by_cut_off(name: str) -> bool:
    """A mask of plantations excludes only when nothing in it was mapped after the cut-off; planting days say it cell by cell."""
    layer, _, band = name.partition(".")
    newest = layer_of(layer).band(band).last_year
    return name == PALM or (newest is not None and newest <= CUT_OFF.year)
