"""Options that several commands share, and the parameters of a batch as options."""

import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from cli.reporting import BadInput

Url = Annotated[str, typer.Option("--url", envvar="PLOTPROOF_URL", help="Address of the server.")]
Token = Annotated[
    str | None, typer.Option("--token", envvar="PLOTPROOF_TOKEN", help="Access token, in the place of the one kept by `plotproof login`.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON text to standard output; everything else to standard error.")]
PlotsFile = Annotated[Path, typer.Argument(metavar="FILE", help="File of plots: GeoJSON or CSV, and what else the server reads.")]
Target = Annotated[str, typer.Argument(metavar="ID", help="Id or name of the collection.")]
RunId = Annotated[str | None, typer.Option("--run", metavar="RUN", help="One run of the collection, not its newest.")]
LayersDir = Annotated[Path | None, typer.Option("--layers", help="Folder with one folder of tiles for each layer.")]
LayerFiles = Annotated[
    list[str] | None,
    typer.Option("--layer", metavar="ID[.BAND]=PATH", help="A raster file in the place of a catalogue layer; may be repeated."),
]
LayerYears = Annotated[
    list[str] | None,
    typer.Option(
        "--layer-year", metavar="ID.BAND=YEAR", help="Last year that such a file has observed (else: its newest event); may be repeated."
    ),
]
FileLayer = Annotated[
    str | None, typer.Option("--file-layer", metavar="NAME", help="Layer, shapefile or sheet to read of a FILE that holds several.")
]
LOCAL_URL = "http://127.0.0.1:8080"
DAY = ["%Y-%m-%d"]


@dataclass(frozen=True)
class BatchOptions:
    """The parameters of `POST /batch_process`; None leaves the server's default."""

    stats: Annotated[str | None, typer.Option(help="Statistics, comma-separated: eudr_deforestation, … Default: all that are served.")] = (
        None
    )
    name: Annotated[str | None, typer.Option(help="Name of the collection. Default: the name of the file.")] = None
    description: Annotated[str | None, typer.Option()] = None
    country: Annotated[str | None, typer.Option(help="Name or ISO code; overridden when half of the plots lie elsewhere.")] = None
    crop_type: Annotated[str | None, typer.Option()] = None
    processing_type: Annotated[str | None, typer.Option(help="Stored and echoed; changes no number.")] = None
    system_type: Annotated[str | None, typer.Option(help="Stored and echoed; changes no number.")] = None
    input_payload: Annotated[str | None, typer.Option(metavar="JSON|@FILE", help="Agricultural data for emissions.")] = None
    non_biomass: Annotated[bool | None, typer.Option("--non-biomass/--no-non-biomass")] = None
    validate_locations: Annotated[bool | None, typer.Option("--validate-locations/--no-validate-locations")] = None
    skip_on_low_confidence: Annotated[bool | None, typer.Option("--skip-on-low-confidence/--no-skip-on-low-confidence")] = None
    on_invalid: Annotated[str | None, typer.Option(metavar="skip|reject", help="What a bad plot does to the file.")] = None
    repair: Annotated[str | None, typer.Option(metavar="off|safe|all", help="Which mendings of geometries are allowed.")] = None
    start_date: Annotated[datetime | None, typer.Option(formats=DAY, help="First day of the monitoring window.")] = None
    end_date: Annotated[datetime | None, typer.Option(formats=DAY, help="Last day of the monitoring window.")] = None
    plot_id_column: Annotated[str | None, typer.Option(help="Property that holds the plot ids.")] = None
    assume_crs: Annotated[str | None, typer.Option(help="Reference system of a file that names none.")] = None
    file_layer: FileLayer = None

    def parameters(self, file: Path) -> dict[str, Any]:
        """The parameters as the client takes them. Raises `BadInput` and `OSError`."""
        given = {name: value for name, value in asdict(self).items() if value is not None and name not in ("name", "file_layer")}
        days: dict[str, Any] = {name: given[name].date().isoformat() for name in ("start_date", "end_date") if name in given}
        payload = {"input_payload": _json_of(self.input_payload)} if self.input_payload is not None else {}
        layer = {} if self.file_layer is None else {"layer": self.file_layer}  # `--layer` is a raster, long since
        return {"collection_name": self.name or file.stem, **given, **days, **payload, **layer}


def takes_batch_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command(…, options: BatchOptions)` one option of the command line for each field of `BatchOptions`."""
    fields = inspect.signature(BatchOptions).parameters
    own = [parameter for parameter in inspect.signature(command).parameters.values() if parameter.name != "options"]
    spread = [field.replace(kind=inspect.Parameter.KEYWORD_ONLY) for field in fields.values()]

    @wraps(command)
    def with_options(**values: Any) -> None:
        options = BatchOptions(**{name: values.pop(name) for name in fields})
        command(**values, options=options)

    signature = inspect.Signature([parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own] + spread)
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    with_options.__signature__ = signature  # type: ignore[attr-defined]
    return with_options


def _json_of(text: str) -> Any:
    source = Path(text[1:]).read_bytes() if text.startswith("@") else text
    try:
        return orjson.loads(source)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"--input-payload is not JSON: {error}") from error
