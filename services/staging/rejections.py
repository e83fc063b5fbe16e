"""Plots that are left out, packed: there may be a million of them, and their words are made when they are read."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Final, overload

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from services.staging.faults import PLOT_FAULTS, PlotFault, Rejection, cut

_CODES: Final = tuple(PLOT_FAULTS)
_NUMBER: Final = {code: number for number, code in enumerate(_CODES)}


class Faults:
    """The fault of each of n plots, by feature index: some tens of bytes a plot."""

    def __init__(self) -> None:
        self._index = array("q")
        self._code = array("H")
        self._ends = array("q")
        self._values = bytearray()

    def __len__(self) -> int:
        return len(self._index)

    def add(self, index: int, code: str, values: Mapping[str, Any]) -> None:
        """One more plot; the same one at most once. Of `values` is kept what a message shows of them."""
        self._append(index, _NUMBER[code], orjson.dumps({name: cut(value) for name, value in values.items()}) if values else b"")

    def extend(self, others: "Faults") -> None:
        """Add those of `others` whose plots have no fault here."""
        for at in np.flatnonzero(~np.isin(others.indices, self.indices)).tolist():
            self._append(others._index[at], others._code[at], others._packed(at))

    @property
    def indices(self) -> NDArray[np.int64]:
        """Feature indices, in the order in which they came; shape [n]."""
        return np.array(self._index, dtype=np.int64)

    def rejection(self, at: int, ids: pa.Array) -> Rejection:
        """What the owner is told of the plot that came at `at`; `ids` are those of all features."""
        index = self._index[at]
        values = orjson.loads(self._packed(at) or b"{}")
        return PlotFault(_CODES[self._code[at]], **values).rejection(index, ids[index].as_py())

    def _append(self, index: int, code: int, packed: bytes) -> None:
        self._index.append(index)
        self._code.append(code)
        self._values += packed
        self._ends.append(len(self._values))

    def _packed(self, at: int) -> bytes:
        return bytes(self._values[self._ends[at - 1] if at else 0 : self._ends[at]])


class Rejections(Sequence[Rejection]):
    """What the owner is told of each plot that is left out, in the order of the file."""

    def __init__(self, faults: Faults, ids: pa.Array) -> None:
        self._faults = faults
        self._ids = ids
        self._order = np.argsort(faults.indices)

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, at: int) -> Rejection: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Rejection]: ...
    def __getitem__(self, at: int | slice) -> Rejection | Sequence[Rejection]:
        if isinstance(at, slice):
            return [self._faults.rejection(one, self._ids) for one in self._order[at].tolist()]
        return self._faults.rejection(int(self._order[at]), self._ids)
