"""The evaluation of one group of plots: cells judged once, sums for all outlines at once, then one result a plot."""

from dataclasses import dataclass
from functools import cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from services.deforestation.agreement import FAMILIES, WATCHING
from services.deforestation.alerts import Alerts, alerts
from services.deforestation.entries import Entries, entries
from services.deforestation.events import Events, Looks, events, looks
from services.deforestation.extras import SYSTEMS, Extras
from services.deforestation.forest import BaselineSource, Reading, Votes, baseline, left_out, votes
from services.deforestation.method import Patch, Rows, judged
from services.deforestation.outlines import M_PER_DEG, Outlines, with_bounds, with_outer_rings
from services.deforestation.patches import Mask, patch_areas_m2
from services.deforestation.rules import Period, Thresholds, required_bands
from services.deforestation.standing import (
    Standing,
    StateAlone,
    baseline_share,
    baseline_source,
    layer_reasons,
    layer_states,
    remarks,
    valid_shares,
)
from services.deforestation.sums import Landscape, Sums, measured, share_under
from services.deforestation.windows import Group, Site, cell_m2
from shared.geo.areas import M2_PER_HA, geodesic_area_ha
from shared.outcome import Outcome, OutcomeState
from shared.rasters.catalogue import layer_of

_PIXEL_TOLERANCE = 1e-3
"""The rows of a patch lie at other latitudes than the middle of the plot."""
_NAMES = {"hansen_gfc": "hansen", "jrc_tmf": "tmf"} | {layer: s.family or s.name for s in SYSTEMS for layer in s.layers}
"""By layer that shows loss, the name under which its share of a plot is known."""


Excludes = dict[str, NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The plots of a chunk with points made discs; aligned arrays of shape [n]."""

    plot_no: NDArray[np.int64]
    geometry: NDArray[np.object_]
    area_ha: NDArray[np.float64]
    is_point: NDArray[np.bool_]


@cache
def pixel_deg(layer: str) -> float:
    """Step of a family's pixels in degrees."""
    return layer_of(layer).resolution_deg


@cache
def greatest_error_m(rules: Thresholds) -> float:
    """The largest position error that bounds are drawn with, in metres."""
    return max(rules.position_accuracy_m, *(pixel_deg(layer) * M_PER_DEG / 2 for layer in _NAMES))


class GroupEvaluation:
    """One group of sites over one reading of the layers."""

    def __init__(
        self, group: Group, asked: Asked, reading: Reading, more: Extras, alone: StateAlone, period: Period, rules: Thresholds
    ) -> None:
        self._group, self._reading, self._more, self._alone = group, reading, more, alone
        self._period, self._rules = period, rules
        self._showing = {"hansen_gfc": "hansen", "jrc_tmf": "tmf"} | {layer: layer for layer in _NAMES if layer in more.read}
        self._chosen = np.array([site.index for site in group.sites], dtype=np.int64)
        self._asked = asked
        self._lacking = frozenset(band for band, held in reading.items() if held.state == "not_configured")
        self._failing = frozenset(band for band, held in reading.items() if held.state == "failed")
        self._row_area_m2 = group.grid.row_areas_m2()
        self._outlines = with_outer_rings(asked.geometry[self._chosen])
        self._under = entries(self._outlines.geometry, self._outlines.owner, group)
        self._votes: Votes = votes(reading, more, rules)
        found: Alerts = alerts(reading, more, period, self._reach, rules)
        self._reaches = self._reach("hansen_gfc"), self._reach("jrc_tmf")
        self._events: Events = events(reading, found, period, self._reaches)
        self._looks: Looks = looks(reading, self._events, period)
        self._shares = valid_shares(self._under, len(self._outlines), len(self._chosen), reading, self._looks, found, more, period.tmf_last)

    def _reach(self, layer: str) -> int:
        """Cells that one pixel of a layer spans."""
        return ceil(pixel_deg(layer) / min(self._group.grid.dx, self._group.grid.dy) - _PIXEL_TOLERANCE)

    def outcomes(self, wide: bool) -> list[Outcome | None]:
        """One outcome a site; None for those that have to be judged in their wide window, when this is not it."""
        standings = [self._standing(position) for position in range(len(self._chosen))]
        land = {source: self._landscape(source) for source in {standing.source for standing in standings}}
        loss = {source: _possible_loss(held) for source, held in land.items()}
        loss_near = np.array([bool(loss[s.source][self._frame(i)].any()) for i, s in enumerate(standings)])
        waits = np.zeros(len(standings), dtype=bool) if wide else loss_near | self._undecided(standings, land)
        errors_m = np.array([self._error_m(position) for position in range(len(standings))])
        outlines, vanishes = with_bounds(self._outlines, loss_near & ~waits, errors_m)
        under = self._with_bounds_entries(outlines)
        excludes = self._excludes(standings)
        of_outlines = {layer: mine[outlines.owner] for layer, mine in excludes.items()}
        sums = {source: measured(under, len(outlines), of_outlines, held, self._period, self._rules) for source, held in land.items()}
        return [
            None if waits[i] else self._outcome(i, s, _rows(outlines, i, bool(vanishes[i])), sums[s.source], land[s.source], excludes)
            for i, s in enumerate(standings)
        ]

    def _landscape(self, source: BaselineSource | None) -> Landscape:
        ground = baseline(self._votes, self._reading, source or "jrc_tmf", self._rules, self._row_area_m2)
        return Landscape(self._reading, self._votes, self._events, self._looks, ground, self._reaches)

    def _standing(self, position: int) -> Standing:
        site, index = self._group.sites[position], self._chosen[position]
        states = layer_states(self._shares, position, self._failing, self._more, self._period.tmf_last, self._alone, self._rules)
        source = baseline_source(self._shares, position, self._rules)
        there = [layer for layer in self._layers_there(position) if _NAMES[layer] in FAMILIES]
        outer = self._outlines.outer[position]
        shares = {name: self._shares[name][position] for name in dict.fromkeys(_NAMES.values()) if name in self._shares}
        return Standing(
            plot_area_ha=float(self._asked.area_ha[index]),
            outer_area_ha=float(geodesic_area_ha(self._outlines.geometry[[outer]])[0]) if outer >= 0 else 0.0,
            is_point=bool(self._asked.is_point[index]),
            pixel_ha=max((_pixel_m2(site, layer) / M2_PER_HA for layer in there), default=0.0),
            analysis_grid=site.layer,
            source=source,
            valid_fraction=baseline_share(self._shares, position, source),
            shares=shares,
            layer_states=states,
            remarks=remarks(self._shares, position, self._lacking, self._more, states, self._period.tmf_last, self._rules),
            families_available=sum(shares.get(name, 0.0) >= self._rules.covered_min_share for name in FAMILIES),
            families_watching=sum(shares.get(name, 0.0) >= self._rules.covered_min_share for name in WATCHING),
            layer_reasons=layer_reasons(self._lacking, states, self._more, self._period.tmf_last),
        )

    def _layers_there(self, position: int) -> list[str]:
        """Layers that show loss and have data under the plot."""
        return [layer for layer, name in self._showing.items() if self._shares[name][position] > 0]

    def _frame(self, position: int, margin: int = 0) -> tuple[slice, slice]:
        frame, row, column = self._group.sites[position].frame, self._group.row[position], self._group.column[position]
        rows = slice(max(0, row - margin), row + frame.height + margin)
        return rows, slice(max(0, column - margin), column + frame.width + margin)

    def _undecided(self, standings: list[Standing], land: dict[BaselineSource | None, Landscape]) -> NDArray[np.bool_]:
        """Plots that hold forest whose patch leaves the window before it is large enough."""
        found = np.zeros(len(standings), dtype=bool)
        for source, held in land.items():
            if held.baseline.undecided.any():
                owners = self._outlines.owner[self._under.outline[held.baseline.undecided.ravel()[self._under.cell]]]
                found |= np.isin(np.arange(len(standings)), owners) & np.array([s.source == source for s in standings])
        return found

    def _error_m(self, position: int) -> float:
        """Half a pixel of the coarsest family that is there, and at least the accuracy of a GPS outline."""
        there = [pixel_deg(layer) * M_PER_DEG / 2 for layer in self._layers_there(position)]
        return max([self._rules.position_accuracy_m, *there])

    def _with_bounds_entries(self, outlines: Outlines) -> Entries:
        first = len(self._outlines)
        if len(outlines) == first:
            return self._under
        more = entries(outlines.geometry[first:], outlines.owner[first:], self._group)
        return Entries(
            np.concatenate([self._under.outline, more.outline + first]),
            np.concatenate([self._under.cell, more.cell]),
            np.concatenate([self._under.area_ha, more.area_ha]),
        )

    def _excludes(self, standings: list[Standing]) -> dict[str, NDArray[np.bool_]]:
        """By plantation layer, whether it covers enough of each plot to be left out of its baseline."""
        n = len(standings)
        total = self._under.total_ha(len(self._outlines))
        shares = {layer: share_under(self._under, len(self._outlines), mask, total)[:n] for layer, mask in self._votes.plantations.items()}
        return {layer: share > self._rules.commodity_min_share for layer, share in shares.items()}

    def _outcome(self, position: int, standing: Standing, rows: Rows, sums: Sums, land: Landscape, excludes: Excludes) -> Outcome:
        plot_no = int(self._asked.plot_no[self._chosen[position]])
        core = [standing.layer_states[layer] for layer in required_bands(self._period.tmf_last)]
        if "available" not in core:
            state: OutcomeState = "failed" if "failed" in core else "not_covered"
            return Outcome(plot_no, state, None, tuple(sorted(standing.layer_reasons)))
        if abs(sums.total[rows.mid] - standing.plot_area_ha) > self._rules.area_tolerance_share * standing.plot_area_ha:
            return Outcome(plot_no, "failed", None, ("area_mismatch",))
        patch = self._patch(position, rows, sums, land, excludes)
        values, reasons = judged(standing, rows, patch, sums, self._period, self._rules)
        return Outcome(plot_no, "ok", values, reasons)

    def _patch(self, position: int, rows: Rows, sums: Sums, land: Landscape, excludes: Excludes) -> Patch:
        held = [row for row in (rows.mid, rows.outer) if row is not None]
        if not any(sums.loss[row] > 0 for row in held):
            return Patch(False, 0.0)
        window = self._frame(position, self._group.extra[position])
        lost: Mask = land.baseline.forest[window] & (self._events.counted[window] != 0)
        layers = [layer for layer, mine in excludes.items() if mine[position]]
        lost &= ~left_out(self._votes, layers, window, self._rules)
        touched = np.zeros(lost.shape, dtype=bool)
        for row in held:
            first, last = np.searchsorted(self._under.outline, (row, row + 1))
            down, right = np.divmod(self._under.cell[first:last], self._group.grid.width)
            touched[down - window[0].start, right - window[1].start] = True
        largest_m2, total_m2 = patch_areas_m2(lost, touched, self._row_area_m2[window[0]])
        site = self._group.sites[position]
        there = {"hansen_gfc", "jrc_tmf", *self._layers_there(position)}
        smallest_pixel_m2 = min(_pixel_m2(site, layer) for layer in there)
        return Patch(largest_m2 < smallest_pixel_m2 * (1 - _PIXEL_TOLERANCE), total_m2 / M2_PER_HA)


def _possible_loss(land: Landscape) -> Mask:
    """Counted events where there is forest, or may be."""
    found: Mask = (land.baseline.forest | land.baseline.undecided) & (land.events.counted != 0)
    return found


def _rows(outlines: Outlines, position: int, vanishes: bool) -> Rows:
    outer, lo, hi = (int(rows[position]) if rows[position] >= 0 else None for rows in (outlines.outer, outlines.lo, outlines.hi))
    return Rows(int(outlines.mid[position]), outer, lo, hi, vanishes)


def _pixel_m2(site: Site, layer: str) -> float:
    """Area of one pixel of a family in the middle of the plot."""
    _, south, _, north = site.frame.bounds
    return cell_m2((south + north) / 2, pixel_deg(layer), pixel_deg(layer))
