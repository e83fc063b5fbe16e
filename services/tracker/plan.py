"""What a run is computed with and in which tasks: pure functions over the manifests of its statistics' workers."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any


def missing(stats: Sequence[str], manifests: Mapping[str, Any]) -> list[str]:
    """Statistics that no worker has announced yet: the run cannot be pinned before."""
    return [stat for stat in stats if stat not in manifests]


def pins(stats: Sequence[str], manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Methods, layers and engine of a run, as its statistics' workers announced them.

    A layer that two statistics use has one version in a deployment; where their manifests differ, the statistic
    that stands later in `stats` is not what was pinned, and its worker will say so.
    """
    layers: dict[str, Any] = {}
    for stat in reversed(stats):
        layers.update(manifests[stat]["layers"])
    return {
        "methods": {stat: manifests[stat]["method"] for stat in stats},
        "layers": layers,
        "engine": manifests[stats[0]]["engine"] if stats else {},
    }


def parts(chunks: Sequence[int], asked: Sequence[int] | None) -> dict[int, int]:
    """Plots to compute by chunk: of chunks of these sizes, all, or those that hold the plot numbers `asked`."""
    if asked is None:
        return dict(enumerate(chunks))
    ends = list(accumulate(chunks))
    found: dict[int, int] = {}
    for number in sorted(asked):
        part = bisect_right(ends, number)
        if part < len(ends):
            found[part] = found.get(part, 0) + 1
    return found


def ranges(chunks: Sequence[int]) -> list[tuple[int, int]]:
    """First and last plot number of each chunk, from the chunks' sizes."""
    found, start = [], 0
    for size in chunks:
        found.append((start, start + size - 1))
        start += size
    return found
