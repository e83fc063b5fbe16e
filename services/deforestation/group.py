"""The evaluation of one group of plots: cells judged once, sums for all outlines at once, results by column."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.deforestation import pixels
from services.deforestation.agreement import FAMILIES, WATCHING
from services.deforestation.alerts import Alerts, alerts
from services.deforestation.asked import Asked
from services.deforestation.entries import Entries, entries
from services.deforestation.events import Events, Looks, events, looks
from services.deforestation.extras import Extras
from services.deforestation.forest import Reading, Votes, baseline, left_out, votes
from services.deforestation.method import Judged, Patch, Rows, judged
from services.deforestation.outlines import Outlines, with_bounds, with_outer_rings
from services.deforestation.patches import Mask, any_within, patch_areas_m2
from services.deforestation.rules import Period, Thresholds, required_bands
from services.deforestation.standing import GFC2020, Standing, baseline_share, baseline_source, valid_shares
from services.deforestation.states import AVAILABLE, FAILED, StateAlone, failed_layers, lacking, layer_reasons, layer_states, remarks
from services.deforestation.sums import Landscape, Sums, measured, share_under
from services.deforestation.windows import Group
from shared.columns import named, taken
from shared.geo.areas import M2_PER_HA, geodesic_area_ha
from shared.outcome import Outcome

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """What one reading tells of plots: results, and outcomes without one by their place in the chunk; others wait for their wide window."""

    judged: tuple[Judged, ...]
    others: dict[int, Outcome]


@dataclass(frozen=True, slots=True)
class _Ground:
    """Plots that stand on the same baseline, by position in the group, and the cells as it shows them."""

    at: Ints
    land: Landscape


class GroupEvaluation:
    """One group of sites over one reading of the layers."""

    def __init__(
        self, group: Group, asked: Asked, reading: Reading, more: Extras, alone: StateAlone, period: Period, rules: Thresholds
    ) -> None:
        self._group, self._reading, self._more, self._alone = group, reading, more, alone
        self._period, self._rules = period, rules
        self._asked = taken(asked, group.sites.index)
        self._row_area_m2 = group.grid.row_areas_m2()
        self._outlines = with_outer_rings(self._asked.geometry)
        self._under = entries(self._outlines.geometry, self._outlines.owner, group)
        self._votes: Votes = votes(reading, more, rules)
        found: Alerts = alerts(reading, more, period, self._reach, rules)
        self._reaches = self._reach("hansen_gfc"), self._reach("jrc_tmf")
        self._events: Events = events(reading, found, period, self._reaches)
        self._looks: Looks = looks(reading, self._events, period)
        plots = len(group.sites)
        self._shares = valid_shares(self._under, len(self._outlines), plots, reading, self._looks, found, more, period.tmf_last)
        showing = {"hansen_gfc": "hansen", "jrc_tmf": "tmf"} | {layer: layer for layer in pixels.NAMES if layer in more.read}
        self._there = {layer: self._shares[name] > 0 for layer, name in showing.items()}

    def _reach(self, layer: str) -> int:
        return pixels.reach_cells(self._group.grid, layer)

    def found(self, wide: bool) -> Found:
        """What is known of the sites; those wait that have to be judged in their wide window, when this is not it."""
        standing = self._standing()
        grounds = self._grounds(standing.source == GFC2020)
        loss_near, undecided = np.zeros((2, len(standing)), dtype=np.bool_)
        for ground in grounds:
            loss_near[ground.at] = any_within(_possible_loss(ground.land), self._group.windows()[ground.at])
            undecided[ground.at] = self._undecided(ground.land)[ground.at]
        waits = (loss_near | undecided) & (not wide)
        outlines, vanishes = with_bounds(self._outlines, loss_near & ~waits, pixels.error_m(self._there, self._rules))
        rows = Rows(outlines.mid, outlines.outer, outlines.lo, outlines.hi, vanishes)
        under, excludes = self._with_bounds_entries(outlines), self._excludes()
        of_outlines = {layer: mine[outlines.owner] for layer, mine in excludes.items()}
        others, results = self._without_layers(standing, ~waits), []
        for ground in grounds:
            sums = measured(under, len(outlines), of_outlines, ground.land, self._period, self._rules)
            asked = np.array([at for at in ground.at.tolist() if not waits[at] and at not in others], dtype=np.int64)
            amiss = self._is_amiss(standing, sums)[asked]
            others |= {at: self._failed(at, "area_mismatch") for at in asked[amiss].tolist()}
            results += self._judged(asked[~amiss], standing, rows, sums, ground.land, excludes)
        index = self._group.sites.index.tolist()
        return Found(tuple(results), {index[at]: outcome for at, outcome in others.items()})

    def _grounds(self, by_gfc2020: Mask) -> list[_Ground]:
        """The baselines of the plots, of which each stands on one."""
        grounds = []
        for is_so in (True, False):
            at = np.flatnonzero(by_gfc2020 == is_so)
            if len(at):
                forest = baseline(self._votes, self._reading, is_so, self._rules, self._row_area_m2)
                grounds.append(_Ground(at, Landscape(self._reading, self._votes, self._events, self._looks, forest, self._reaches)))
        return grounds

    def _standing(self) -> Standing:
        shares, period, rules, sites = self._shares, self._period, self._rules, self._group.sites
        states = layer_states(shares, self._reading, self._more, period.tmf_last, self._alone, rules)
        source, missing = baseline_source(shares, rules), lacking(self._reading)
        told = {name: shares[name] for name in dict.fromkeys(pixels.NAMES.values()) if name in shares}
        available, watching = (
            np.sum([told[name] >= rules.covered_min_share for name in names if name in told], axis=0) for names in (FAMILIES, WATCHING)
        )
        return Standing(
            area_ha=self._asked.area_ha,
            outer_area_ha=self._outer_area_ha(),
            is_point=self._asked.is_point,
            pixel_ha=pixels.largest_m2(sites.middle_lat, self._there) / M2_PER_HA,
            grid=sites.layer,
            source=source,
            valid_fraction=baseline_share(shares, source),
            shares=told,
            states=states,
            remarks=remarks(shares, states, missing, self._more, period.tmf_last, rules),
            layer_reasons=layer_reasons(states, missing, self._more, period.tmf_last),
            failed_layers=failed_layers(states),
            families_available=available,
            families_watching=watching,
        )

    def _outer_area_ha(self) -> NDArray[np.float64]:
        area_ha = np.zeros(len(self._group.sites))
        holed = np.flatnonzero(self._outlines.outer >= 0)
        area_ha[holed] = geodesic_area_ha(self._outlines.geometry[self._outlines.outer[holed]])
        return area_ha

    def _undecided(self, land: Landscape) -> Mask:
        """Plots that hold forest whose patch leaves the window before it is large enough."""
        found = np.zeros(len(self._group.sites), dtype=np.bool_)
        if land.baseline.undecided.any():
            found[self._outlines.owner[self._under.outline[self._under.at(land.baseline.undecided)]]] = True
        return found

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

    def _excludes(self) -> dict[str, Mask]:
        """By plantation layer, whether it covers enough of each plot to be left out of its baseline."""
        total = self._under.total_ha(len(self._outlines))
        shares = {layer: share_under(self._under, len(self._outlines), mask, total) for layer, mask in self._votes.plantations.items()}
        return {layer: share[: len(self._group.sites)] > self._rules.commodity_min_share for layer, share in shares.items()}

    def _without_layers(self, standing: Standing, asked: Mask) -> dict[int, Outcome]:
        """Outcomes of plots that none of the needed layers covers, by position."""
        core = np.array([standing.states[layer] for layer in required_bands(self._period.tmf_last)])
        away = np.flatnonzero(asked & (core != AVAILABLE).all(axis=0))
        failed = (core == FAILED).any(axis=0)
        reasons = named(dict(sorted(taken(standing, away).layer_reasons.items())), len(away))
        return {
            at: Outcome(int(self._asked.plot_no[at]), "failed" if failed[at] else "not_covered", None, why)
            for at, why in zip(away.tolist(), reasons, strict=True)
        }

    def _failed(self, at: int, code: str) -> Outcome:
        return Outcome(int(self._asked.plot_no[at]), "failed", None, (code,))

    def _is_amiss(self, standing: Standing, sums: Sums) -> Mask:
        """Plots whose cells do not add up to their area."""
        amiss: Mask = np.abs(sums.total[: len(standing)] - standing.area_ha) > self._rules.area_tolerance_share * standing.area_ha
        return amiss

    def _judged(self, at: Ints, standing: Standing, rows: Rows, sums: Sums, land: Landscape, excludes: Mapping[str, Mask]) -> list[Judged]:
        """The results of the plots at these positions, if any."""
        if not len(at):
            return []
        patch = self._patch(at, rows, sums, land, excludes)
        own = (taken(standing, at), taken(rows, at), taken(patch, at))
        return [judged(self._group.sites.index[at], *own, sums, self._period, self._rules)]

    def _patch(self, asked: Ints, rows: Rows, sums: Sums, land: Landscape, excludes: Mapping[str, Mask]) -> Patch:
        """The loss patches that touch each plot that is asked or its outer ring, within the plot's own window."""
        largest_m2, total_m2 = np.zeros((2, len(rows.mid)))
        has_loss = (sums.loss[rows.mid] > 0) | ((rows.outer >= 0) & (sums.loss[rows.outer] > 0))
        windows, counted = self._group.windows(self._group.extra), land.events.counted != 0
        for layers, at in _by_names(excludes, asked[has_loss[asked]]):
            lost = land.baseline.forest & counted & ~left_out(self._votes, layers, self._rules)
            touched, first = self._cells_of(rows.mid[at], rows.outer[at])
            largest_m2[at], total_m2[at] = patch_areas_m2(lost, windows[at], touched, first, self._row_area_m2)
        pixel_m2 = pixels.smallest_m2(self._group.sites.middle_lat, self._there)
        return Patch(has_loss & (largest_m2 < pixel_m2 * (1 - pixels.TOLERANCE)), total_m2 / M2_PER_HA)

    def _cells_of(self, mid: Ints, outer: Ints) -> tuple[Ints, Ints]:
        """Cells of each plot and its outer ring, and where those of each begin and the last ends."""
        ends = np.searchsorted(self._under.outline, np.arange(len(self._outlines) + 1))
        both = [[row for row in pair if row >= 0] for pair in zip(mid.tolist(), outer.tolist(), strict=True)]
        cells = [np.concatenate([self._under.cell[ends[row] : ends[row + 1]] for row in held]) for held in both]
        return np.concatenate(cells), np.cumsum([0, *map(len, cells)])


def _possible_loss(land: Landscape) -> Mask:
    """Counted events where there is forest, or may be."""
    found: Mask = (land.baseline.forest | land.baseline.undecided) & (land.events.counted != 0)
    return found


def _by_names(masks: Mapping[str, Mask], at: Ints) -> Iterator[tuple[tuple[str, ...], Ints]]:
    """Plots at these positions by the masks that hold of them."""
    held = named({name: mask[at] for name, mask in masks.items()}, len(at))
    for names in dict.fromkeys(held):
        yield names, at[[one == names for one in held]]
