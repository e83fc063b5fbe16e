"""What holds for any plot on any landscape: areas within areas, bounds in order, and no word about the neighbours."""

from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings, strategies as st

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.worker import compute
from shared.outcome import Outcome, Plots, Terms, Window
from shared.rasters.reader import Rasters
from tests.services.deforestation.scene import CELLS, TERMS, Scene, block, plots


@pytest.fixture(scope="module")
def patchwork(tmp_path_factory: pytest.TempPathFactory) -> Rasters:
    """Every band in random blocks of 3 x 3 cells: all rules meet each other; GFC2020 ends inside."""
    dice = np.random.default_rng(11)
    scene = Scene(tmp_path_factory.mktemp("patchwork"), extent={"jrc_gfc2020": 60})
    choices = {
        "map": [0, 1], "treecover2000": [0, 5, 60, 90], "lossyear": [0, 0, 0, 12, 20, 21, 23], "datamask": [1, 1, 1, 1, 2],
        "gain": [0, 0, 0, 1],
        "DeforestationYear": [0, 0, 0, 2010, 2020, 2021, 2024], "DegradationYear": [0, 0, 2015, 2022, 2024],
        "TransitionMap_Subtypes": [10, 10, 81, 85, 86],
    }  # fmt: skip
    optional = {
        "radd.DigitDate": [0, 0, 0, 0, 32100, 33000, 23000], "glad_l.alertDate23": [0, 0, 50], "glad_l.alert23": [0, 2, 3],
        "dist_ann.VEG-DIST-DATE_2024": [0, -1, 1200], "dist_ann.VEG-DIST-STATUS_2024": [0, 3, 5, 6, 255],
        "gfw_integrated.alert": [0, 0, 0, 0, 23500, 34000], "jrc_gft2020.map": [0, 1, 1, 10, 20], "worldcover_2020.map": [10, 40, 95],
        "cocoa_eth.map": [0, 0, 1], "drivers_1km.class": [1, 4], "worldcover.map": [20, 40],
    }  # fmt: skip
    for row in range(0, CELLS, 3):
        for col in range(0, CELLS, 3):
            scene.paint(row, col, 3, 3, **{name: int(dice.choice(values)) for name, values in choices.items()})
            for band, codes in optional.items():
                scene.lay(band, int(dice.choice(codes)), row, col, 3, 3)
            before, after = int(dice.choice([1, 1, 2, 3, 4, 6])), int(dice.choice([1, 2, 3, 6]))
            scene.paint(row, col, 3, 3, tmf2020=before).paint(row, col, 3, 3, tmf2023=after)
    return scene.rasters()


def corners() -> st.SearchStrategy[shapely.Polygon]:
    size = st.floats(0.3, 14.0)
    return st.builds(block, st.floats(12.0, 54.0), st.floats(12.0, 54.0), size, size)


def triangle(box: shapely.Polygon) -> shapely.Polygon:
    west, south, east, north = shapely.bounds(box)
    return shapely.Polygon([(west, south), (east, south), (west, north)])


@pytest.mark.long
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(geometry=st.one_of(corners(), corners().map(triangle)), end=st.dates(date(2021, 1, 1), date(2026, 6, 1)))
def test_areas_lie_within_the_plot_and_add_up(patchwork: Rasters, geometry: shapely.Polygon, end: date) -> None:
    (outcome,) = compute(plots(geometry), Terms(Window(date(2017, 1, 1), end)), patchwork)
    found = outcome.values
    assert isinstance(found, EudrDeforestation)
    assert found.noncompliance_area_ha is not None and found.annual_defor_ha is not None and found.overlap is not None
    assert found.noncompliance_area_ha <= found.plot_area_ha
    assert found.overlap <= 1
    assert sum(filter(None, found.annual_defor_ha)) == pytest.approx(found.noncompliance_area_ha, rel=1e-5, abs=1e-9)
    assert found.cell_area_ha == pytest.approx(found.plot_area_ha, rel=1e-5, abs=1e-7)
    if found.noncompliance_lo_ha is not None:
        assert found.noncompliance_lo_ha <= found.noncompliance_area_ha
    assert found.noncompliance_hi_ha is not None and found.noncompliance_area_ha <= found.noncompliance_hi_ha
    parts = (found.forest_2020_ha, found.primary_2020_ha, found.excluded_commodity_ha, found.disturbance_ha, found.loss_on_disputed_ha)
    assert all(part is not None and part <= found.plot_area_ha * (1 + 1e-5) for part in parts)
    assert found.agreement is None or 0 <= found.agreement <= 1
    assert found.alert_class != "none" or (found.noncompliance_area_ha == 0 and found.observed_through is not None)
    assert found.loss_unconfirmed_ha is not None and found.loss_two_sensors_ha is not None
    assert max(found.loss_unconfirmed_ha, found.loss_two_sensors_ha) <= found.noncompliance_area_ha * (1 + 1e-6) + 1e-12
    assert found.confidence != "high" or found.loss_two_sensors_ha > 0, "two Landsat families are one sensor"
    assert (found.deforestation_start is None) == (found.noncompliance_area_ha == 0)
    assert found.deforestation_start is None or found.deforestation_end is None or found.deforestation_start <= found.deforestation_end


def crowd() -> Plots:
    """Polygons, holes, parts and points over the patchwork, some on top of each other."""
    dice = np.random.default_rng(3)
    boxes = [block(*dice.uniform(8, 60, 2), *dice.uniform(0.3, 12, 2)) for _ in range(30)]
    holed = [shapely.difference(box, shapely.buffer(shapely.centroid(box), 0.0002)) for box in boxes[:6]]
    pairs = [shapely.union(boxes[i], boxes[i + 1]) for i in range(6, 12)]
    points = [shapely.centroid(box) for box in boxes[12:16]]
    return plots(*boxes, *holed, *pairs, *points)


def printed(outcome: Outcome) -> tuple[object, ...]:
    return outcome.state, outcome.reasons, outcome.values and outcome.values.model_dump_json()


def taken(chunk: Plots, order: "np.ndarray | list[int]") -> Plots:
    return Plots(chunk.plot_no[order], chunk.geometry[order], chunk.area_ha[order], chunk.is_point[order])


@pytest.mark.long
def test_plot_gets_the_same_bytes_alone_in_a_crowd_and_in_any_order(patchwork: Rasters) -> None:
    chunk = crowd()
    together = {outcome.plot_no: printed(outcome) for outcome in compute(chunk, TERMS, patchwork)}
    alone = {n: printed(compute(taken(chunk, [n]), TERMS, patchwork)[0]) for n in range(len(chunk))}
    assert together == alone
    order = np.random.default_rng(9).permutation(len(chunk))
    assert {outcome.plot_no: printed(outcome) for outcome in compute(taken(chunk, order), TERMS, patchwork)} == together


def test_outcomes_come_in_the_order_of_the_plots(patchwork: Rasters) -> None:
    chunk = taken(crowd(), [5, 0, 3])
    assert [outcome.plot_no for outcome in compute(chunk, TERMS, patchwork)] == [5, 0, 3]


def test_a_chunk_without_plots_has_no_outcomes(patchwork: Rasters) -> None:
    assert compute(taken(crowd(), []), TERMS, patchwork) == []
