"""Which property holds the plot ids, found over all features of a file."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.staging.faults import FileRefused
from services.staging.properties import ID_NAMES, MAX_ID_CHARACTERS
from services.staging.rejections import Faults


class PlotIds:
    """Collects what each feature offers as its id, in the order of the file, and then decides for all of them."""

    def __init__(self, column: str | None) -> None:
        self._column = column
        self._count = 0
        self._texts: dict[str, list[pa.StringArray]] = {name: [] for name in ((column,) if column is not None else ID_NAMES)}

    def add(self, count: int, offered: Mapping[str, pa.StringArray]) -> None:
        """The next `count` features of the file and the ids that they offer by name, null where one offers none."""
        for name in list(self._texts):
            texts = offered.get(name)
            if texts is None:
                texts = pa.nulls(count, pa.string())
            if self._column is None and texts.null_count:
                del self._texts[name]  # can name all plots no more
            else:
                self._texts[name].append(texts)
        self._count += count

    def resolve(self) -> tuple[pa.Array, Faults]:
        """The plot id of each feature, and the features whose id in the named column is no id or not theirs alone.

        Without a named column: the first of `ID_NAMES` that every feature has and no two share, else the row number from 1.
        """
        rows = pc.cast(pa.array(np.arange(1, self._count + 1)), pa.string())
        if self._column is not None:
            return self._named(self._column, rows)
        for chunks in self._texts.values():
            texts = pa.chunked_array(chunks, pa.string()).combine_chunks()
            if pc.count_distinct(texts).as_py() == self._count:
                return texts, Faults()
        return rows, Faults()

    def _named(self, column: str, rows: pa.Array) -> tuple[pa.Array, Faults]:
        texts = pa.chunked_array(self._texts[column], pa.string()).combine_chunks()
        if self._count and texts.null_count == self._count:
            raise FileRefused("plot_id_column_missing", column=column)
        uses = pc.value_counts(texts.drop_null())
        shared = pc.filter(uses.field("values"), pc.greater(uses.field("counts"), 1))
        faults = Faults()
        for row in np.flatnonzero(pc.is_in(texts, shared)).tolist():
            faults.add(row, "duplicate_plot_id", {"column": column})
        for row in np.flatnonzero(pc.is_null(texts)).tolist():
            faults.add(row, "unusable_plot_id", {"column": column, "limit": MAX_ID_CHARACTERS})
        return pc.coalesce(texts, rows), faults
