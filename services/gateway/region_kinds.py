"""Kinds of reference regions as they are asked for, and what is answered when a run has none."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.gateway.problems import Problem
from shared.db.runs import OPEN

KINDS: Final = ("admin_area", "supply_shed", "watershed")


def kinds_of(stat_type: str | None) -> tuple[str, ...]:
    """The kinds that a `stat_type` names; none for None."""
    if stat_type is None:
        return ()
    return KINDS if stat_type == "all" else (stat_type,)


def nothing_of(kinds: Sequence[str], runs: Iterable[Any], of_whole: bool = False) -> Problem:
    """409: the runs have not ended (`not_ready`; so too where rows of whole collections are asked for), or have no such regions."""
    if of_whole or any(run.state in OPEN for run in runs):
        return Problem(409, "not_ready", "The summary is written at the end of the run; see /batch_progress.")
    detail = f"No run of this collection computed regions of this kind: ask /batch_zonal_stats for stat_type {kinds[0]}."
    return Problem(409, "regions_not_computed", detail)


def check_threshold(asked: float | None, region: Mapping[str, Any] | None) -> None:
    """Raises `Problem` 409 (`threshold_not_computed`) when plots were assigned to a region with another threshold."""
    if region is not None and asked is not None and asked != region["overlap_threshold"]:
        detail = f"Plots were assigned with overlap_threshold {region['overlap_threshold']:g}; another one needs another run."
        raise Problem(409, "threshold_not_computed", detail)
