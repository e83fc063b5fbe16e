"""Bring coordinates of any known reference system to longitude and latitude on WGS84, or say honestly that this cannot be done."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]  # documented, not listed in __all__
from pyproj.transformer import TransformerGroup

from services.staging.draft import Geometries
from services.staging.faults import FileRefused

EXACT_M: Final = 1.0
"""A transformation up to this accuracy changes no plot that a 30 m pixel can tell apart."""
ACCURACY_M: Final = 30.0
"""One pixel of the coarsest forest layer: what may be further off is refused."""
DEFINITION_CHARACTERS: Final = 1 << 16
_WGS84: Final = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:)?(?:OGC:(?:1\.3)?:?:?CRS84|EPSG:(?:[0-9.]*:)?4326)|CRS84|https?://www\.opengis\.net/def/crs/(?:OGC/1\.3/CRS84|EPSG/0/4326)",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"(?:(?:urn:(?:x-)?ogc:def:crs:)?(EPSG|ESRI|OGC|IGNF):(?:[0-9.]*:)?|https?://www\.opengis\.net/def/crs/(EPSG|ESRI|OGC|IGNF)/[0-9.]+/)([A-Za-z0-9]{1,20})",
    re.IGNORECASE,
)
_WKT: Final = re.compile(r"\s*[A-Za-z_]+\s*[\[(]")
_NAMES_A_FILE: Final = re.compile(r"nadgrids=(?!@null)|grids=(?!@null)|PARAMETERFILE|\+init=", re.IGNORECASE)
_ROUND_TRIP: Final = {True: 1e-5, False: 1.0}
"""Degrees of a geographic system, else metres or feet: further off than this, the formula does not hold at that place."""

Verdict = Literal["none", "legacy_crs_member", "crs_not_allowed", "crs_not_supported"]


@dataclass(frozen=True, slots=True)
class ToWgs84:
    """The way from another reference system to longitude and latitude on WGS84."""

    name: str
    """As `EPSG:32648`, or the name that the system gives itself."""
    epsg: int | None
    accuracy_m: float
    """Of the worst transformation that may be chosen for a place."""
    transformer: Transformer
    geographic: bool

    @property
    def note(self) -> str:
        """The note of a plot that was brought to WGS84 in this way."""
        return "reprojected" if self.accuracy_m <= EXACT_M else "reprojected_coarsely"


def to_wgs84(definition: Any) -> ToWgs84 | None:
    """The way to WGS84 from a reference system given by name, WKT or PROJJSON (text or decoded); None when it is WGS84.

    Raises `FileRefused` (`crs_not_supported`) when the system is unknown, names a file, or when no transformation is known to be
    right within `ACCURACY_M`. Nothing is ever fetched: grids that are not installed are not used.
    """
    if is_wgs84(definition):
        return None
    return _way(definition if isinstance(definition, str) else orjson.dumps(definition).decode())


def reproject(geometries: Geometries, way: ToWgs84) -> tuple[Geometries, NDArray[np.bool_]]:
    """Each geometry (shape [n], two-dimensional, finite) vertex by vertex, and which of them hold a place where `way` does not lead."""
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    lon, lat = way.transformer.transform(xy[:, 0], xy[:, 1])
    back = np.column_stack(way.transformer.transform(lon, lat, direction="INVERSE"))
    lost = np.zeros(len(geometries), dtype=bool)
    with np.errstate(invalid="ignore"):
        lost[owner[~(np.abs(back - xy).max(axis=1) <= _ROUND_TRIP[way.geographic])]] = True
    moved: Geometries = shapely.set_coordinates(geometries.copy(), np.column_stack((lon, lat)))  # it writes into what it is given
    return moved, lost


def crs_verdict(crs: Any) -> tuple[Verdict, str]:
    """The note or fault that the decoded `crs` member of old GeoJSON (2008) is, and its name; `none` for null.

    Only a name of WGS84 passes here; `crs_not_supported` of a collection may still be reprojected. No address is ever followed.
    """
    if crs is None:
        return "none", ""
    kind = crs.get("type") if isinstance(crs, dict) else None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if isinstance(kind, str) and kind.lower() in ("link", "url"):
        return "crs_not_allowed", ""
    name = properties.get("name") if isinstance(properties, dict) else None
    if kind == "name" and is_wgs84(name):
        return "legacy_crs_member", str(name)
    return "crs_not_supported", str(name or "an unnamed system")


def is_wgs84(name: Any) -> bool:
    """Whether a name of a reference system means longitude and latitude on WGS84."""
    return isinstance(name, str) and _WGS84.fullmatch(name) is not None


@lru_cache(maxsize=32)
def _way(definition: str) -> ToWgs84 | None:
    crs = _horizontal(_parsed(definition))
    set_network_enabled(active=False)
    if crs.equals("OGC:CRS84", ignore_axis_order=True):
        return None
    name = ":".join(crs.to_authority() or ()) or crs.name
    try:
        group = TransformerGroup(crs, "OGC:CRS84", always_xy=True, allow_ballpark=False)
        accuracies = [one.accuracy for one in group.transformers if 0 <= one.accuracy <= ACCURACY_M]
        if not accuracies:
            raise FileRefused("crs_not_supported", crs=f"{name}, from which no accurate way to WGS84 is known,")
        transformer = Transformer.from_crs(crs, "OGC:CRS84", always_xy=True, allow_ballpark=False, accuracy=ACCURACY_M)
    except (ProjError, IndexError) as error:  # the latter from pyproj, for a projection that nobody knows
        raise FileRefused("crs_not_supported", crs=name) from error
    return ToWgs84(name, crs.to_epsg(), max(accuracies), transformer, crs.is_geographic)


def _parsed(definition: str) -> CRS:
    named = _NAMED.fullmatch(definition.strip())
    readable = named or _WKT.match(definition) or definition.lstrip().startswith("{")
    if not readable or len(definition) > DEFINITION_CHARACTERS or _NAMES_A_FILE.search(definition):
        raise FileRefused("crs_not_supported", crs=definition)
    try:
        return CRS.from_authority((named[1] or named[2]).upper(), named[3]) if named else CRS.from_string(definition)
    except ProjError as error:
        raise FileRefused("crs_not_supported", crs=definition) from error


def _horizontal(crs: CRS) -> CRS:
    """The system of x and y alone. Shifts to WGS84 that a file brings along are not trusted: those of the EPSG database are."""
    for _ in range(3):
        if crs.is_compound:
            crs = crs.sub_crs_list[0]
        elif crs.is_bound and crs.source_crs is not None:
            crs = crs.source_crs
    return crs.to_2d()
