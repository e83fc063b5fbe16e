"""Faults are kept packed and told in the order of the file, in the words that the fault itself has."""

import pyarrow as pa

from services.staging.faults import PlotFault
from services.staging.rejections import Faults, Rejections

IDS = pa.array([f"p{at}" for at in range(6)])


def faults(*given: tuple[int, PlotFault]) -> Faults:
    found = Faults()
    for index, fault in given:
        found.add(index, fault.code, fault.values)
    return found


def test_rejections_have_the_order_of_the_file_and_the_words_of_their_faults() -> None:
    given = {
        4: PlotFault("invalid_geometry", reason="Self-intersection\0at [10 5]", hint="x" * 200),
        1: PlotFault("empty_geometry"),
        3: PlotFault("coordinate_out_of_range", longitude=200.5, latitude=float("nan"), hint=None),
    }
    told = Rejections(faults(*given.items()), IDS)
    assert list(told) == [given[index].rejection(index, f"p{index}") for index in sorted(given)]
    assert told[-1] == told[2] and list(told[:2]) == [told[0], told[1]] and len(told) == 3


def test_the_first_fault_of_a_plot_is_the_one_that_is_told() -> None:
    first = faults((2, PlotFault("empty_geometry")))
    first.extend(faults((5, PlotFault("nul_character")), (2, PlotFault("duplicate_plot_id", column="id"))))
    assert [(one.feature_index, one.code) for one in Rejections(first, IDS)] == [(2, "empty_geometry"), (5, "nul_character")]


def test_nothing_is_left_out() -> None:
    assert not Rejections(Faults(), IDS) and list(Rejections(Faults(), IDS)) == []
