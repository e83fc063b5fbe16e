"""Groups of plots read and judged, in frames first and in wide windows where these are needed; faults hurt no neighbour."""

from dataclasses import dataclass, replace

import numpy as np

from contracts.v1.results.eudr_deforestation import LayerState
from services.deforestation.alerts import faulty
from services.deforestation.asked import Asked
from services.deforestation.extras import Extras
from services.deforestation.group import Found, GroupEvaluation
from services.deforestation.rules import Period, Thresholds
from services.deforestation.windows import Group, Sites, grouped, widened
from shared.columns import taken
from shared.errors import Refused, Unavailable
from shared.outcome import Outcome
from shared.rasters.band import Band
from shared.rasters.encoding import ENCODING
from shared.rasters.reader import Rasters


@dataclass(frozen=True, slots=True)
class Job:
    """One chunk, what is read of it and by which rules it is judged."""

    asked: Asked
    rasters: Rasters
    bands: tuple[str, ...]
    """What is read, as `layer.band`."""
    more: Extras
    """The optional layers."""
    period: Period
    rules: Thresholds
    give_up: bool

    def failed(self, index: int, code: str) -> Outcome:
        """The outcome of a plot that cannot be judged."""
        return Outcome(int(self.asked.plot_no[index]), "failed", None, (code,))


def evaluated(job: Job, sites: Sites) -> Found:
    """What is found of the sites: of all of them. Raises Unavailable unless the job gives up."""
    first = _evaluated(job, sites, wide=False)
    known = [*first.others, *(index for one in first.judged for index in one.index.tolist())]
    waiting = np.flatnonzero(np.isin(sites.index, known, invert=True))
    return _joined([first, _evaluated(job, taken(sites, waiting), wide=True)])


def _evaluated(job: Job, sites: Sites, wide: bool) -> Found:
    """What is found of the sites; those that have to wait for their wide window are missing."""
    found: list[Found] = []
    for group in grouped(sites, wide, job.rules):
        one: Found | None
        try:
            one = _found_at_once(job, group) if not wide else None
            one = one or _found(job, group, wide)
        except Refused as refusal:
            index = int(group.sites.index[0])
            one = Found((), {index: job.failed(index, refusal.code)}) if len(group.sites) == 1 else None
        alone = [] if one is not None else [taken(group.sites, np.array([at])) for at in range(len(group.sites))]
        found += [one] if one is not None else [_evaluated(job, site, wide) for site in alone]
    return _joined(found)


def _found_at_once(job: Job, group: Group) -> Found | None:
    """What is found in the wide windows of the sites where these cost little more than the frames; None where they do, or do not read.

    What a plot that can wait would never have read may fail: then the frames are read by themselves.
    """
    wide = None if job.give_up else widened(group, job.rules)
    if wide is None:
        return None
    try:
        return _found(job, wide, wide=True)
    except Unavailable:
        return None


def _found(job: Job, group: Group, wide: bool) -> Found | None:
    """None when a layer was given up for several plots: each must be asked alone, lest one hurts its neighbours."""
    given_up: set[str] = set()
    reading = job.rasters.sample_all(job.bands, group.grid, given_up if job.give_up else None)
    for name in faulty(reading):
        _refuse_or_give_up(job, name, reading, given_up)
    if given_up and len(group.sites) > 1:
        return None

    def alone(name: str, position: int) -> LayerState:
        if name in given_up:
            return "failed"
        tight = group.sites.widened(-group.sites.reach).grid(position)
        return job.rasters.sample_all((name,), tight, set() if job.give_up else None)[name].state

    return GroupEvaluation(group, job.asked, reading, job.more, alone, job.period, job.rules).found(wide)


def _refuse_or_give_up(job: Job, name: str, reading: dict[str, Band], given_up: set[str]) -> None:
    """A band whose values are no days is as one that does not read: nothing in it is believed."""
    if not job.give_up:
        raise Unavailable(f"{name} holds values that are no days in the encoding of that band", code=ENCODING)
    given_up.add(name)
    reading[name] = replace(reading[name], valid=np.zeros_like(reading[name].valid), state="failed")


def _joined(parts: list[Found]) -> Found:
    judged = tuple(one for part in parts for one in part.judged)
    return Found(judged, {at: outcome for part in parts for at, outcome in part.others.items()})
