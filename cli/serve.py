"""`plotproof serve`: the whole system in one process, in the foreground."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.local_settings import configured_layers, layer_files_of, require_layers, settings_with, tell_layers
from cli.options import AsJson, LayerFiles, LayersDir
from cli.output import emit, tell
from cli.reporting import reporting
from shared.settings import Settings


def serve(
    data: Annotated[Path | None, typer.Option("--data", help="Data folder. Default: DATA_DIR, else ./data.")] = None,
    layers: LayersDir = None,
    layer: LayerFiles = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: HOST, else 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one. Default: PORT, else 8080.")] = None,
    online: Annotated[bool | None, typer.Option("--online/--offline", help="Read missing tiles from their public addresses.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run everything in this process until ctrl-C: the REST interface, the workers, a SQLite file in the data folder.

    A run that an earlier process left unfinished goes on where it stood.
    """
    with reporting(as_json):
        files = layer_files_of(layer) if layer else None
        chosen = {"data_dir": data, "layers_dir": layers, "layer_files": files, "host": host, "port": port, "layers_online": online}
        config = settings_with(**{name: value for name, value in chosen.items() if value is not None})
        require_layers(config)
        asyncio.run(_serve(config, as_json))


async def _serve(config: Settings, as_json: bool) -> None:
    from services.local import local
    from shared.logging import configure
    from shared.service import stop_signal

    configure(config.log_level if as_json else "WARNING", "local")
    stop = stop_signal()
    async with local(config) as system:
        if as_json:
            emit({"url": system.url, "data_dir": str(config.data_dir.absolute()), "layers": configured_layers(config)})
        else:
            _greet(system.url, config)
        await stop.wait()
        tell("stopping: what is in hand is finished, the rest goes on at the next start")


def _greet(url: str, config: Settings) -> None:
    tell(f"Plotproof answers at {url} (ctrl-C stops it)")
    tell(f"data folder: {config.data_dir.absolute()}")
    tell_layers(config)
