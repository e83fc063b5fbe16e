"""The formats of plot files: their names, media types and endings, for whoever sends, takes or reads one."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Format:
    """One format of plot files."""

    name: str
    """As users call it."""
    media_types: tuple[str, ...]
    """Types that declare it, the one that is stored first."""
    suffixes: tuple[str, ...]
    """Endings of file names in small letters, used where no type is declared."""


GEOJSON: Final = Format(
    "GeoJSON", ("application/geo+json", "application/json", "application/vnd.geo+json"), (".geojson", ".json")
)  # fmt: skip
GEOJSON_LINES: Final = Format(
    "newline-delimited GeoJSON",
    ("application/x-ndjson", "application/geo+json-seq", "application/jsonl"),
    (".ndjson", ".geojsonl", ".geojsons", ".jsonl"),
)
CSV: Final = Format("CSV", ("text/csv",), (".csv",))
XLSX: Final = Format("XLSX", ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",), (".xlsx",))
SHAPEFILE: Final = Format("zipped shapefile", ("application/shapefile", "application/zip", "application/x-zip-compressed"), (".zip",))
GEOPARQUET: Final = Format("GeoParquet", ("application/geoparquet", "application/vnd.apache.parquet"), (".parquet", ".geoparquet"))
GEOPACKAGE: Final = Format("GeoPackage", ("application/geopackage+sqlite3",), (".gpkg",))
KML: Final = Format("KML", ("application/vnd.google-earth.kml+xml",), (".kml",))
KMZ: Final = Format("KMZ", ("application/vnd.google-earth.kmz",), (".kmz",))

FORMATS: Final = (GEOJSON, CSV, SHAPEFILE, GEOPARQUET, GEOPACKAGE, KML, KMZ, XLSX, GEOJSON_LINES)
BY_MEDIA_TYPE: Final = {media_type: each for each in FORMATS for media_type in each.media_types}
BY_SUFFIX: Final = {suffix: each for each in FORMATS for suffix in each.suffixes}
