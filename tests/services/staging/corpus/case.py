"""One file of the corpus of bad input, and what it is answered with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contracts.formats import CSV, GEOJSON, GEOJSON_LINES, GEOPACKAGE, GEOPARQUET, KML, KMZ, SHAPEFILE, XLSX, Format

FORMATS: Mapping[str, Format] = {
    "geojson": GEOJSON,
    "ndjson": GEOJSON_LINES,
    "csv": CSV,
    "xlsx": XLSX,
    "shapefile": SHAPEFILE,
    "geoparquet": GEOPARQUET,
    "geopackage": GEOPACKAGE,
    "kml": KML,
    "kmz": KMZ,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """The file is answered with a problem, and nothing of it is kept."""

    status: int
    code: str
    plots: tuple[str, ...] = ()
    """Codes of the plots in `errors`, in the order of the file."""
    place: tuple[tuple[str, int], ...] = ()
    """Members of the first of `errors` that say where the fault is, such as its line."""
    words: str = ""
    """Part of the detail or of the first error, where the code alone would not say enough."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The file is accepted."""

    accepted: int
    rejected: tuple[str, ...] = ()
    """Codes of the plots that are left out, in the order of the file."""
    warnings: Mapping[str, int] = field(default_factory=dict)
    """Warnings that it must have, with their counts; it may have others."""
    country: str | None = None
    """The country that it must be processed with."""


Outcome = Refused | Kept


@dataclass(frozen=True, slots=True)
class Case:
    """A file, how it is declared and sent, and what becomes of it."""

    row: str
    """Row of `reliability.md` part 4, in its words."""
    format: str
    """One of `FORMATS`."""
    make: Callable[[], bytes]
    """The same bytes every time."""
    outcome: Outcome
    parameters: Mapping[str, str] = field(default_factory=dict)
    declared: str | None = None
    """Media type, when it is not the first of the format."""

    @property
    def media_type(self) -> str:
        """Type that the file is sent as."""
        return self.declared or FORMATS[self.format].media_types[0]


def no_usable_plot(*codes: str) -> Refused:
    """Every plot of the file is rejected."""
    return Refused(422, "no_usable_plot", codes)
