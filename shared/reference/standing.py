"""How single plots stand among the windows of their region: percentile ranks by metric; pure."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.reference.comparison import percentile_rank
from shared.reference.sample import reference_of, rounded, windows_of

COMPARED: Final = "percentile_rank"
"""Member of a metric's comparison that says that it is compared by ranks, not by prevalence."""


def kept_text(kept: NDArray[np.bool_]) -> str:
    """Which windows are compared with, as hexadecimal digits: a bit a window, the first one first."""
    return np.packbits(kept).tobytes().hex()


def kept_of(text: str, count: int) -> NDArray[np.bool_]:
    """The windows that `kept_text` wrote of `count` windows."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), dtype=np.uint8), count=count).astype(np.bool_)


def standing(sample: Mapping[str, Any], compared: Mapping[str, Any], metrics: Mapping[str, NDArray[np.float64]]) -> dict[str, list[Any]]:
    """Mid-rank of each of k plots (`metrics`, [k], nan where not known) among the windows that `compared` used, by metric; 0 to 100.

    Metrics that are compared by prevalence, or not at all, are left out. `sample` is the row of the region, `compared` what
    `compared.compared` said of it.
    """
    windows = windows_of(sample)
    kept = kept_of(compared["windows_kept"], len(windows))
    ranks: dict[str, list[Any]] = {}
    for name, values in metrics.items():
        if COMPARED in compared["metrics"].get(name, {}):
            of_windows = np.where(kept, np.array(sample["metrics"][name], dtype=np.float64), np.nan)
            ranks[name] = [rounded(rank) for rank in percentile_rank(values, reference_of(windows, of_windows))]
    return ranks
