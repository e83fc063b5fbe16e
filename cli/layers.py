"""The command that says which layers there are, and which file of each is needed at a place."""

from typing import Annotated, Any

import typer

from cli.options import AsJson
from cli.output import emit, say
from cli.reporting import reporting


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
            say(f"    {'read by range from' if row['range_reads'] else 'download whole from'} {band['url']}")


def layer_rows(lon: float, lat: float) -> list[dict[str, Any]]:
    """The catalogue with the names of the tile that holds the place."""
    from shared.rasters.catalogue import catalogue
    from shared.rasters.tiles import tiles_touching

    rows = []
    for layer in catalogue().values():
        [tile] = tiles_touching((lon, lat, lon, lat), layer.tiles.size_deg)
        bands = [{"band": name, "file": layer.tile_file(name, tile), "url": layer.tile_url(name, tile)} for name in layer.bands]
        facts = {name: getattr(layer, name) for name in ("id", "title", "version", "licence", "citation", "range_reads")}
        rows.append({**facts, "bands": bands})
    return rows
