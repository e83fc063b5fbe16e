"""What the demo tells of the statistics beside deforestation: means or counts over plots, and why a value is missing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.table import Table

from cli.output import MISSING, number, shown, table
from contracts.v1.stats import Statistic

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """A field of a result, and how it is told."""

    field: str
    title: str
    digits: int = 2
    """Of numbers; words are counted."""


MEASURES: Final[dict[str, tuple[Measure, ...]]] = {
    Statistic.LUC_EMISSIONS: (
        Measure("luc_tco2ehayear", "land-use change, t CO2e/ha/yr"),
        Measure("luc_total_tco2e", "committed since 2001, t CO2e", 1),
        Measure("agb_before_tha", "biomass before its loss, t/ha", 1),
    ),
    Statistic.BIODIVERSITY: (
        Measure("diversity_score", "diversity score, 0 to 100", 1),
        Measure("rao_q", "Rao's Q of canopy height, m", 1),
        Measure("bii_mean", "intactness, 0 to 1"),
    ),
    Statistic.WATER: (
        Measure("bws_label", "water stress of the basin"),
        Measure("p_pet_ratio", "rain over potential evapotranspiration"),
        Measure("water_stress_index", "water stress index, 0 to 1"),
    ),
}
"""By statistic; those without are told in other tables."""


def summaries_of(rows_by_stat: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    """An entry for each measure of each statistic that was computed, from the feature properties of that statistic alone."""
    return [
        {"stat": stat, "field": measure.field, "title": measure.title, **_told(rows_by_stat[stat], measure)}
        for stat, measures in MEASURES.items()
        if stat in rows_by_stat
        for measure in measures
    ]


def tables_of(summaries: Iterable[Mapping[str, Any]]) -> list[Table]:
    """A table for each statistic: numbers with their mean, words with how often they occur."""
    found: dict[str, Table] = {}
    for entry in summaries:
        stat = entry["stat"]
        if stat not in found:
            heads = ("measure", ">plots", ">mean", ">least", ">greatest", ">without", "reason most often given")
            found[stat] = table(f"SYNTHETIC {stat} (plain means over plots)", *heads)
        digits = next(measure.digits for measure in MEASURES[stat] if measure.field == entry["field"])
        numbers = [number(entry[name], digits) for name in ("mean", "least", "greatest")]
        lacking = (str(entry["without"]), shown(entry["reason"] or MISSING))
        found[stat].add_row(entry["title"], str(entry["plots"]), *numbers, *lacking)
        for word, plots in (entry["counts"] or {}).items():
            found[stat].add_row(f"  {shown(word)}", str(plots), "", "", "", "", "")
    return list(found.values())


def _told(rows: Sequence[Row], measure: Measure) -> dict[str, Any]:
    """How many plots have a value and what they say; how many have none, and the most common reason. None where there is nothing."""
    known = [row[measure.field] for row in rows if row.get(measure.field) is not None]
    lacking = [row for row in rows if row.get(measure.field) is None]
    is_words = any(isinstance(value, str) for value in known)
    numbers = [] if is_words else known
    return {
        "plots": len(known),
        "mean": sum(numbers) / len(numbers) if numbers else None,
        "least": min(numbers, default=None),
        "greatest": max(numbers, default=None),
        "counts": dict(sorted(Counter(known).items())) if is_words else None,
        "without": len(lacking),
        "reason": _reason(lacking, [row for row in rows if row.get(measure.field) is not None]),
    }


def _reason(lacking: Sequence[Row], told: Sequence[Row]) -> str | None:
    """The commonest reason of plots without a value that no plot with a value gives; None where there is no such reason.

    Reasons are of the whole result: what is also said where the value is known does not hinder it.
    """
    harmless = {reason for row in told for reason in row.get("reasons") or ()}
    given = Counter(reason for row in lacking for reason in row.get("reasons") or ())
    hindering = {reason: count for reason, count in given.items() if reason not in harmless}
    return min(hindering, key=lambda reason: (-hindering[reason], reason), default=None)
