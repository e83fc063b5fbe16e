"""Judge the `crs` member of old GeoJSON (2008, removed by RFC 7946): only names of WGS84 pass, and no address is ever followed."""

import re
from typing import Any, Final, Literal

_WGS84: Final = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:)?(?:OGC:(?:1\.3)?:?:?CRS84|EPSG:(?:[0-9.]*:)?4326)|CRS84|https?://www\.opengis\.net/def/crs/(?:OGC/1\.3/CRS84|EPSG/0/4326)",
    re.IGNORECASE,
)

Verdict = Literal["none", "legacy_crs_member", "crs_not_allowed", "crs_not_supported"]


def crs_verdict(crs: Any) -> tuple[Verdict, str]:
    """The note or fault that a decoded `crs` member is, and the name that it gives; `none` for null."""
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
