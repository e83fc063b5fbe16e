"""Which media type a file of plots has, by the ending of its name."""

from pathlib import Path
from typing import Final

MEDIA_TYPES: Final = {
    ".geojson": "application/geo+json",
    ".json": "application/geo+json",
    ".csv": "text/csv",
    ".zip": "application/shapefile",
    ".parquet": "application/geoparquet",
    ".geoparquet": "application/geoparquet",
    ".gpkg": "application/geopackage+sqlite3",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".kmz": "application/vnd.google-earth.kmz",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ndjson": "application/x-ndjson",
    ".geojsonl": "application/x-ndjson",
}


def media_type_of(file: Path) -> str:
    """The media type to declare for `file`; raises `ValueError` naming the known endings."""
    try:
        return MEDIA_TYPES[file.suffix.lower()]
    except KeyError:
        raise ValueError(f"{file.name}: unknown kind of file; known endings are {', '.join(MEDIA_TYPES)}") from None
