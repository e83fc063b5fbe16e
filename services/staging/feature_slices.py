"""Read features one after the other: the usual ones by compiled code, each other one by the parser that explains itself."""

import mmap
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from services.staging.columns import Columns, Rows, interleaved, slice_of
from services.staging.draft import Draft
from services.staging.faults import FileRefused
from services.staging.plain.features import END, ENDED, START, STOPPED, UNSEPARATED, scan
from services.staging.plain_features import Found, plain_columns
from services.staging.rules import Rules
from services.staging.scanner import Malformed

MOST_ROWS: Final = 5000
"""Features that are judged at once."""


def mapped(path: Path) -> mmap.mmap:
    """The bytes of a file that is not empty, unmapped when nobody uses them any more."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class FeatureReader(ABC):
    """Features of a text in longitude and latitude; how they are separated is left to those who know."""

    lines = False
    """Whether each is on its own line; else commas separate them, and a bracket ends them."""

    def __init__(self, text: mmap.mmap, rules: Rules) -> None:
        self.text = text
        self.rules = rules
        self._view = np.frombuffer(text, dtype=np.uint8)
        self.at = 0
        """Where the features ended."""

    @abstractmethod
    def one(self, index: int, at: int) -> tuple[Draft, int, bool]:
        """Feature number `index`, which begins at `at`; where the next one begins, and whether there is none. Raises `FileRefused`."""

    @abstractmethod
    def draft(self, index: int, start: int, end: int) -> Draft:
        """The feature that stands from `start` to `end`."""

    def slices(self, at: int, only_one_by_one: bool = False) -> Iterator[Columns]:
        """The features from `at` on, of which there is one, in slices. Raises `FileRefused`."""
        first, ended, self.at = 0, False, at
        while not ended:
            found, drafts = np.zeros((MOST_ROWS, 8), dtype=np.int64), dict[int, Draft]()
            rows, ended = self._fill(first, found, drafts, only_one_by_one)
            self._allow(first + rows - 1)
            yield self._columns(first, found[:rows], drafts)
            first += rows

    def _fill(self, first: int, found: Found, drafts: dict[int, Draft], only_one_by_one: bool) -> tuple[int, bool]:
        """Find the next features, the first of which is number `first`; answers how many, and whether these are the last."""
        row, ended = 0, False
        while row < len(found) and not ended:
            how = STOPPED
            if not only_one_by_one:
                row, self.at, how = scan(self._view, self.at, row, self.lines, found)
            if how == UNSEPARATED:
                row, self.at = row - 1, int(found[row - 1, START])
            ended = how == ENDED
            if how in (STOPPED, UNSEPARATED):
                self._allow(first + row)
                try:
                    drafts[row], self.at, ended = self.one(first + row, self.at)
                except (Malformed, FileRefused):
                    self._columns(first, found[:row], drafts)  # raises the fault of a feature before this one, if there is one
                    raise
                row += 1
        return row, ended

    def _allow(self, index: int) -> None:
        if index >= self.rules.limits.max_plots:
            raise FileRefused("too_many_features", limit=self.rules.limits.max_plots)

    def _columns(self, first: int, found: Found, drafts: dict[int, Draft]) -> Columns:
        """The slice whose rows are `found`, or `drafts` where these have one."""
        rows: Rows = np.delete(np.arange(len(found)), list(drafts))
        plain = None
        try:
            if len(rows):
                kept, plain = plain_columns(self.text, self._view, found[rows], self.rules)
                rows = rows[kept]
        except orjson.JSONDecodeError:  # one by one, so that the fault has its place
            rows = rows[:0]
        others = np.delete(np.arange(len(found)), rows)
        for row in others.tolist():
            if row not in drafts:
                drafts[row] = self.draft(first + row, int(found[row, START]), int(found[row, END]))
        slow = slice_of([drafts[row] for row in others.tolist()], None)
        return slow if plain is None else interleaved(plain, rows, slow, others)
