"""Which property holds the plot ids, found over all features of a file."""

from collections import Counter
from collections.abc import Mapping

from services.staging.faults import FileRefused, PlotFault
from services.staging.properties import ID_NAMES, MAX_ID_CHARACTERS


class PlotIds:
    """Collects what each feature offers as its id, in the order of the file, and then decides for all of them."""

    def __init__(self, column: str | None) -> None:
        self._column = column
        self._count = 0
        self._texts: dict[str, list[str]] = {name: [] for name in ((column,) if column is not None else ID_NAMES)}
        self._seen: dict[str, set[str]] = {name: set() for name in ID_NAMES} if column is None else {}
        self._lacking: set[int] = set()

    def add(self, offered: Mapping[str, str]) -> None:
        """The next feature of the file and the ids that it offers."""
        if self._column is not None:
            text = offered.get(self._column)
            if text is None:
                self._lacking.add(self._count)
            self._texts[self._column].append(text if text is not None else str(self._count + 1))
        else:
            for name in list(self._texts):
                self._add_candidate(name, offered.get(name))
        self._count += 1

    def _add_candidate(self, name: str, text: str | None) -> None:
        if text is None or text in self._seen[name]:
            del self._texts[name], self._seen[name]  # cannot become unique any more
            return
        self._seen[name].add(text)
        self._texts[name].append(text)

    def resolve(self) -> tuple[list[str], dict[int, PlotFault]]:
        """The plot id of each feature, and the features whose id in the named column is no id or not theirs alone.

        Without a named column: the first of `ID_NAMES` that every feature has and no two share, else the row number from 1.
        """
        if self._column is None:
            ids = next(iter(self._texts.values()), None)
            return ids if ids is not None else [str(row + 1) for row in range(self._count)], {}
        if self._count and len(self._lacking) == self._count:
            raise FileRefused("plot_id_column_missing", column=self._column)
        return self._texts[self._column], self._named_faults(self._column)

    def _named_faults(self, column: str) -> dict[int, PlotFault]:
        texts = self._texts[column]
        uses = Counter(text for row, text in enumerate(texts) if row not in self._lacking)
        faults = {row: PlotFault("duplicate_plot_id", column=column) for row, text in enumerate(texts) if uses[text] > 1}
        lacking = {row: PlotFault("unusable_plot_id", column=column, limit=MAX_ID_CHARACTERS) for row in self._lacking}
        return faults | lacking
