"""The command that says which layers there are, and which file of each is needed, for rasters at a place."""

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
            how = "read by range from" if row["range_reads"] else "download whole from"
            say(f"    {how} {band['url']}" if band["url"] else f"    needs an account: see {row['source_page']}")


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
    """The catalogue of rasters with the names of the file that holds the place; of bands in time the first and the last."""
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
