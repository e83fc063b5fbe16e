"""What the demo tells of its results: counts by class, the worst plots, each statistic, and the plots that were left out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.demo_summary import summaries_of, tables_of
from cli.output import MISSING, OUT, number, say, shown, table
from client import Rejection
from contracts.v1.stats import Statistic

WORST_FIRST: Final = ("critical", "critical_unconfirmed", "inconclusive", "non_critical", "none")
WORST_SHOWN: Final = 10


def report_of(rows_by_stat: Mapping[str, Sequence[dict[str, Any]]], rejections: Sequence[Rejection]) -> dict[str, Any]:
    """The report of feature properties by statistic: classes with plots and hectares, worst plots, statistics, rejections."""
    rows = rows_by_stat.get(Statistic.EUDR_DEFORESTATION, ())
    found = sorted({_class_name(row) for row in rows}, key=_severity)
    worst = sorted(
        rows, key=lambda row: (_severity(row.get("alert_class")), -(row.get("noncompliance_area_ha") or 0.0), str(row["plotid"]))
    )
    return {
        "classes": [_class_of(name, [row for row in rows if _class_name(row) == name]) for name in found],
        "worst_plots": list(worst[:WORST_SHOWN]),
        "statistics": summaries_of(rows_by_stat),
        "rejections": [rejection.model_dump(mode="json") for rejection in rejections],
    }


def print_report(report: dict[str, Any]) -> None:
    """Print the report as tables."""
    classes = table(
        "SYNTHETIC results by class (sums over plots: overlaps count twice)", "class", ">plots", ">plot area ha", ">loss since 2021 ha"
    )
    for entry in report["classes"]:
        classes.add_row(entry["alert_class"], str(entry["plots"]), number(entry["plot_area_ha"]), number(entry["noncompliance_area_ha"]))
    OUT.print(classes)
    worst = table("SYNTHETIC worst plots", "plot", "class", "confidence", ">loss ha", ">of plot %", "from", "to", "agreement")
    for row in report["worst_plots"]:
        share = None if row.get("overlap") is None else 100 * row["overlap"]
        words = [shown(row.get(name) or MISSING) for name in ("plotid", "alert_class", "confidence")]
        days = [str(row.get(name) or MISSING) for name in ("deforestation_start", "deforestation_end")]
        worst.add_row(*words, number(row.get("noncompliance_area_ha"), 3), number(share, 1), *days, number(row.get("agreement")))
    OUT.print(worst)
    for summary in tables_of(report["statistics"]):
        OUT.print(summary)
    say("SYNTHETIC plots left out:")
    for rejection in report["rejections"]:
        say(f"  {rejection['code']}: {shown(rejection['message'])}")
    say("Classes are risk indicators by our own rules (services/deforestation/METHOD.md), no legal determination.")
    say("So are the numbers of the other statistics: see the METHOD.md of each service.")


def _class_of(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "alert_class": name,
        "plots": len(rows),
        "plot_area_ha": _sum([row.get("plot_area_ha") for row in rows]),
        "noncompliance_area_ha": _sum([row.get("noncompliance_area_ha") for row in rows]),
    }


def _sum(values: Sequence[float | None]) -> float | None:
    """The sum, or None when a value is missing: a sum over some of the plots would pass for that of all."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _class_name(row: dict[str, Any]) -> str:
    """The class of a plot, or the state of its result where there is none."""
    return str(row.get("alert_class") or row["state"])


def _severity(name: object) -> int:
    return WORST_FIRST.index(str(name)) if name in WORST_FIRST else len(WORST_FIRST)
