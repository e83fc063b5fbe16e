"""The command that says which layers there are, and which file of each is needed, for rasters at a place."""

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
    """List the layers: version, licence, the file to lay into LAYERS_DIR (of rasters: at a place), where it is published or how made."""
    with reporting(as_json):
        rows = [*layer_rows(*at), *vector_rows()]
    if as_json:
        emit(rows)
        return
    for row in rows:
        say(f"{row['id']}  {row['title']}, version {row['version']}, {row['licence']}")
        say(f"  cite: {row['citation']}")
        if "prepare" in row:
            tell_vector(row)
        for band in row["bands"]:
            say(f"  {band['band']}: {row['id']}/{band['file']}")
            say(f"    {'read by range from' if row['range_reads'] else 'download whole from'} {band['url']}")


def tell_vector(row: dict[str, Any]) -> None:
    """Say where the file of a polygon layer lies and how it is made."""
    say(f"  polygons: {row['id']}/{row['file']}" + (" (get your own permission first)" if row["restricted"] else ""))
    say(f"    made from {row['source_page']} by")
    for line in row["prepare"].strip().splitlines():
        say(f"      {line}")


def vector_rows() -> list[dict[str, Any]]:
    """The catalogue of polygon layers, which have no bands."""
    from shared.vectors.catalogue import vector_catalogue

    shown = {"id", "title", "version", "licence", "citation", "source_page", "restricted", "file", "prepare", "columns"}
    return [layer.model_dump(mode="json", include=shown) | {"bands": []} for layer in vector_catalogue().values()]


def layer_rows(lon: float, lat: float) -> list[dict[str, Any]]:
    """The catalogue of rasters with the names of the tile that holds the place."""
    from shared.rasters.catalogue import catalogue
    from shared.rasters.tiles import tiles_touching

    rows = []
    for layer in catalogue().values():
        [tile] = tiles_touching((lon, lat, lon, lat), layer.tiles.size_deg)
        bands = [{"band": name, "file": layer.tile_file(name, tile), "url": layer.tile_url(name, tile)} for name in layer.bands]
        facts = {name: getattr(layer, name) for name in ("id", "title", "version", "licence", "citation", "range_reads")}
        rows.append({**facts, "bands": bands})
    return rows
