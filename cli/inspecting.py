"""`plotproof validate` and `plotproof repair`: what is wrong with a file of plots, and the file without it; no server is needed."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from cli.background import LOG_LEVEL
from cli.exit_code import ExitCode
from cli.formats import write_geojson
from cli.options import AsJson, FileLayer, PlotsFile
from cli.output import emit, say, shown, tell
from cli.reporting import BadInput, report_problem, reporting
from cli.whole_file import whole_file
from client.errors import problem_in
from client.media import media_type_of
from contracts.v1.batch import BatchParameters
from contracts.v1.stats import Statistic
from contracts.v1.validation import ValidationReport
from shared.errors import Refused
from shared.logging import configure
from shared.settings import Settings

LISTED = 50
"""Findings that are printed for people."""
GEOJSON_ENDINGS = (".geojson", ".json")
Country = Annotated[str | None, typer.Option(help="Name or ISO code of the country that the plots should lie in.")]
Repair = Annotated[Literal["off", "safe", "all"], typer.Option(help="Which mendings of geometries are allowed.")]
PlotIdColumn = Annotated[str | None, typer.Option(help="Property that holds the plot ids.")]
AssumeCrs = Annotated[str | None, typer.Option(help="Reference system of a file that names none.")]
Answer = TypeVar("Answer")


def validate(
    file: PlotsFile,
    country: Country = None,
    repair: Repair = "safe",
    plot_id_column: PlotIdColumn = None,
    assume_crs: AssumeCrs = None,
    file_layer: FileLayer = None,
    as_json: AsJson = False,
) -> None:
    """Say what staging would find in a file; nothing is computed or kept.

    Exit code: 0 every plot is accepted, 3 some are, 2 none is or the file does not read.
    """
    with reporting(as_json):
        given = {
            "country": country,
            "repair": repair,
            "plot_id_column": plot_id_column,
            "assume_crs": assume_crs,
            "layer": file_layer,
        }
        report = _inspect(file, given, as_json, lambda found: found.report)
        if as_json:
            emit(report.model_dump(mode="json"))
        else:
            _describe(report)
        raise typer.Exit(_exit_code(report))


def repair(
    file: PlotsFile,
    out: Annotated[Path, typer.Option("--output", "-o", help="GeoJSON to write; written whole or not at all.")],
    mend: Annotated[Literal["safe", "all"], typer.Option("--repair", help="Which mendings of geometries are allowed.")] = "all",
    plot_id_column: PlotIdColumn = None,
    assume_crs: AssumeCrs = None,
    file_layer: FileLayer = None,
    as_json: AsJson = False,
) -> None:
    """Write the plots that can be used, mended, with their properties, and say what was mended and what was left out.

    Exit code: 0 every plot is written, 3 some are, 2 none is (and no file) or the file does not read.
    """
    with reporting(as_json):
        if out.suffix.lower() not in GEOJSON_ENDINGS:
            raise BadInput(f"{out}: the mended file is GeoJSON; name one that ends in {' or '.join(GEOJSON_ENDINGS)}")
        given = {"repair": mend, "plot_id_column": plot_id_column, "assume_crs": assume_crs, "layer": file_layer}
        report, repairs = _inspect(file, given, as_json, lambda found: (found.report, _write(found, out)))
        if as_json:
            emit({**report.model_dump(mode="json"), "file": str(out) if report.accepted else None, "repairs": repairs})
        else:
            _describe(report)
            _describe_repairs(repairs, report.accepted, out)
        raise typer.Exit(_exit_code(report))


def _inspect(file: Path, given: dict[str, Any], as_json: bool, answer: Callable[[Any], Answer]) -> Answer:
    """What `answer` makes of the inspected file; a file that does not read ends the command as bad input."""
    from services.staging.inspection import inspected  # brings libraries that most commands do without
    from services.staging.problem import problem_of

    configure(LOG_LEVEL, "inspecting")
    if not file.is_file():
        raise BadInput(f"{file}: no such file")
    try:
        media_type = media_type_of(file)
    except ValueError as error:
        raise BadInput(str(error)) from error
    parameters = BatchParameters(
        collection_name=file.stem[:200] or "file", stats=(Statistic.EUDR_DEFORESTATION,), end_date=datetime.now(UTC).date(), **given
    )

    async def look() -> Answer:
        async with inspected(file, media_type, parameters, Settings()) as found:
            return answer(found)

    try:
        return asyncio.run(look())
    except Refused as refused:
        report_problem(problem_in(problem_of(refused)), as_json)
        raise typer.Exit(ExitCode.BAD_INPUT) from refused


def _write(found: Any, out: Path) -> list[dict[str, Any]]:
    """Write the plots, if there are any; answers what was mended."""
    if found.report.accepted:
        with whole_file(out) as partial, partial.open("wb") as file:
            write_geojson(found.features(), file)
    names = ("plot_id", "feature_index", "rules", "area_before_ha", "area_after_ha")
    return [{name: one[name] for name in names} for one in found.repairs()]


def _exit_code(report: ValidationReport) -> ExitCode:
    if not report.accepted:
        return ExitCode.BAD_INPUT
    return ExitCode.PARTIAL if report.rejected else ExitCode.COMPLETED


def _describe(report: ValidationReport) -> None:
    say(f"{report.total} plots, {report.accepted} accepted, {report.rejected} rejected")
    say(f"confidence in the locations: {report.confidence or 'not assessed'}; country: {report.country or 'not known'}")
    if report.country_override_info:
        say(shown(report.country_override_info["message"]))
    counts = Counter((finding.severity, finding.code) for finding in report.findings)
    for (severity, code), count in sorted(counts.items()):
        say(f"  {severity}: {code}, {count} plots")
    for finding in report.findings[:LISTED]:
        say(shown(f"{finding.message} [{finding.code}]"))
    if len(report.findings) > LISTED:
        say(f"… and {len(report.findings) - LISTED} more: --json lists them all")


def _describe_repairs(repairs: list[dict[str, Any]], written: int, out: Path) -> None:
    for one in repairs:
        area = f"{one['area_before_ha']:.4f} ha before, {one['area_after_ha']:.4f} ha after"
        say(shown(f"mended plot {one['plot_id']} (feature {one['feature_index']}): {', '.join(one['rules'])}; {area}"))
    if written:
        say(f"{written} plots written to {out}")
    else:
        tell("nothing was written: no plot is usable")
