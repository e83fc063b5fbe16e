"""Settings of a system that a command starts by itself."""

from pathlib import Path
from typing import Any

from cli.output import tell
from cli.reporting import BadInput
from shared.errors import PlotproofError
from shared.settings import Settings

BANDS_LISTED = 12
"""Bands of one layer that are named for people; of longer series the ends."""


def private_settings(
    data_dir: Path, layers_dir: Path | None = None, layer_files: dict[str, Path] | None = None, layer_years: dict[str, int] | None = None
) -> Settings:
    """A system in `data_dir` that only this process uses: no server of the environment, any free port on loopback.

    Raises `BadInput` when a layer file names no known layer or does not read.
    """
    private = {"rabbitmq_url": None, "database_url": None, "blob_url": None, "jwt_key": None, "host": "127.0.0.1", "port": 0}
    config = settings_with(**private, local_owner=True, data_dir=data_dir, layer_files=layer_files or {}, layer_years=layer_years or {})
    config = config if layers_dir is None else config.model_copy(update={"layers_dir": layers_dir})
    require_layers(config)
    return config


def settings_with(**given: Any) -> Settings:
    """The settings of the environment with the given ones in their place."""
    return Settings(**given)


def require_layers(config: Settings) -> None:
    """Raise `BadInput` when the layers folder does not exist, or a given file is unknown to the catalogue or unreadable."""
    from shared.rasters.catalogue import catalogue
    from shared.rasters.opening import require_given
    from shared.rasters.recorded import open_rasters, open_vectors
    from shared.vectors.opening import is_vector

    if config.layers_dir is not None and not config.layers_dir.is_dir():
        raise BadInput(f"{config.layers_dir}: the layers folder does not exist")
    try:
        rasters, vectors = open_rasters(config), open_vectors(config)
        for key in config.layer_files:
            if is_vector(key):
                vectors.layer(key)
                continue
            layer_id, _, band = key.partition(".")
            require_given(rasters, f"{layer_id}.{band or next(iter(catalogue()[layer_id].bands))}")
    except PlotproofError as error:
        raise BadInput(f"--layer: {error.detail}") from error


def layer_files_of(given: list[str]) -> dict[str, Path]:
    """The files of `ID[.BAND]=PATH` options; raises `BadInput`."""
    files: dict[str, Path] = {}
    for option in given:
        key, sign, path = option.partition("=")
        if not (sign and key and path):
            raise BadInput(f"--layer {option}: write it as ID[.BAND]=PATH, such as hansen_gfc.lossyear=crop.tif")
        if key in files:
            raise BadInput(f"--layer {key} is given twice")
        files[key] = Path(path).absolute()
    return files


def layer_years_of(given: list[str]) -> dict[str, int]:
    """The years of `ID.BAND=YEAR` options; raises `BadInput`."""
    years: dict[str, int] = {}
    for option in given:
        key, _, year = option.partition("=")
        if "." not in key or not (year.isdecimal() and len(year) == 4):
            raise BadInput(f"--layer-year {option}: write it as ID.BAND=YEAR, such as hansen_gfc.lossyear=2023")
        years[key] = int(year)
    return years


def tell_layers(config: Settings) -> None:
    """Say which layers have a source: without one nothing can be computed."""
    layers = configured_layers(config)
    for layer_id, bands in layers.items():
        listed = bands if len(bands) <= BANDS_LISTED else [bands[0], "…", f"{bands[-1]} ({len(bands)} bands)"]
        tell(f"layer {layer_id}: {', '.join(listed) or 'not configured'}")
    if not any(layers.values()):
        tell("no layer is configured, so no plot can be judged: give --layers or --layer", style="yellow")


def configured_layers(config: Settings) -> dict[str, list[str]]:
    """The bands of each catalogue layer that have a source here, by layer id; of a polygon layer `polygons`."""
    from shared.rasters.catalogue import catalogue
    from shared.rasters.recorded import POLYGONS, open_rasters, open_vectors
    from shared.vectors.catalogue import vector_catalogue

    rasters, vectors = open_rasters(config), open_vectors(config)
    bands = {layer.id: [band for band in layer.bands if rasters.state(layer.id, band) == "configured"] for layer in catalogue().values()}
    return bands | {layer_id: [POLYGONS] if vectors.configured(layer_id) else [] for layer_id in vector_catalogue()}
