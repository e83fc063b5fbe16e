"""The command that says which layers there are, and which file of each is needed at a place."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson
from cli.output import emit, say
from cli.reporting import reporting

if TYPE_CHECKING:
    from shared.rasters.catalogue import Layer
    from shared.rasters.tiles import AnyTile


def layers(
    at: Annotated[tuple[float, float], typer.Option("--at", help="Longitude and latitude of a place, degrees.", metavar="LON LAT")] = (
        0.0,
        6.0,
    ),
    as_json: AsJson = False,
) -> None:
    """List the raster layers: version, licence, and for a place the file to lay into LAYERS_DIR and where it is published."""
    with reporting(as_json):
        rows = layer_rows(*at)
    if as_json:
        emit(rows)
        return
    for row in rows:
        say(f"{row['id']}  {row['title']}, version {row['version']}, {row['licence']}")
        say(f"  cite: {row['citation']}")
        for band in row["bands"]:
            say(f"  {band['band']}: {row['id']}/{band['file']}")
            how = "read by range from" if row["range_reads"] else "download whole from"
            say(f"    {how} {band['url']}" if band["url"] else f"    needs an account: see {row['source_page']}")


def layer_rows(lon: float, lat: float) -> list[dict[str, Any]]:
    """The catalogue with the names of the file that holds the place; of bands in time the first and the last."""
    from shared.rasters.catalogue import catalogue

    rows = []
    for layer in catalogue().values():
        tile = _tile_at(layer, lon, lat)
        bands = [{"band": name, "file": layer.tile_file(name, tile), "url": layer.tile_url(name, tile) or None} for name in _listed(layer)]
        facts = {name: getattr(layer, name) for name in ("id", "title", "version", "licence", "citation", "source_page", "range_reads")}
        rows.append({**facts, "bands": bands})
    return rows


def _tile_at(layer: "Layer", lon: float, lat: float) -> "AnyTile | None":
    from shared.rasters.catalogue import PlaneScheme, TileScheme
    from shared.rasters.source import plane_tile_at
    from shared.rasters.tiles import tiles_touching

    if isinstance(layer.tiles, TileScheme):
        return tiles_touching((lon, lat, lon, lat), layer.tiles.size_deg)[0]
    return plane_tile_at(layer, lon, lat) if isinstance(layer.tiles, PlaneScheme) else None


def _listed(layer: "Layer") -> list[str]:
    """Names of the bands, but of a series by the day only its first and last."""
    shorter_than_a_year = {"month", "dekad", "doy"}
    series: dict[str, list[str]] = {}
    for name, band in layer.bands.items():
        series.setdefault(band.variable if shorter_than_a_year & band.fields.keys() else f"={name}", []).append(name)
    return [name for names in series.values() for name in dict.fromkeys((names[0], names[-1]))]
