"""The staged file: plots in the order of space, a row group for each chunk, read by others too."""

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from services.staging.stage import Limits
from shared.staged import chunk_sizes, read_chunk
from tests.services.staging.make import collection, feature, square

PLACES = st.lists(st.tuples(st.integers(-170, 170), st.integers(-80, 80), st.sampled_from([0.01, 0.02])), min_size=2, max_size=12)


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(PLACES, st.randoms(use_true_random=False))
def test_the_order_of_the_file_never_matters(staged: Any, places: list[tuple[int, int, float]], random: Any) -> None:
    features = [feature(square(x + 0.5, y + 0.5, side), id=f"p{i}") for i, (x, y, side) in enumerate(places)]
    shuffled = random.sample(features, len(features))
    first, second = (
        pq.read_table(staged(collection(*some), limits=Limits(chunk_plots=4), validate_locations=False).path).drop_columns(
            ["feature_index"]
        )
        for some in (features, shuffled)
    )
    assert first.equals(second)


def test_row_groups_are_chunks_in_the_order_of_space(staged: Any) -> None:
    features = [feature(square(x, y), id=f"{x},{y}") for x in range(10, 20) for y in range(1, 11)]
    result = staged(collection(*features), limits=Limits(chunk_plots=30))
    assert result.chunks == chunk_sizes(result.path) == [30, 30, 30, 10]
    chunks = [read_chunk(result.path, part) for part in range(4)]
    assert np.concatenate([chunk.plot_no for chunk in chunks]).tolist() == list(range(100))
    places = np.array([tuple(map(int, one.split(","))) for chunk in chunks for one in chunk.plot_id])
    steps = np.abs(np.diff(places, axis=0)).sum(axis=1)
    assert steps.mean() < 1.5  # neighbours in the file are neighbours on the ground; at random it would be 6.6


@pytest.mark.long
def test_more_than_one_slice_and_one_write_keep_every_plot_once(staged: Any) -> None:
    features = [feature({"type": "Point", "coordinates": [10 + i * 1e-3, 5]}, id=i) for i in range(2501)]
    result = staged(collection(*features), limits=Limits(chunk_plots=10))
    table = pq.read_table(result.path)
    assert sorted(map(int, table["plot_id"].to_pylist())) == list(range(2501))
    assert table["plot_no"].to_pylist() == list(range(2501))
    assert [int(index) for index in table["plot_id"].to_pylist()] == table["feature_index"].to_pylist()


def test_geopandas_reads_the_staged_file(staged: Any) -> None:
    result = staged(collection(feature(square(10, 5), id="a"), feature({"type": "Point", "coordinates": [11, 6]}, id="b")))
    frame = geopandas.read_parquet(result.path)
    assert frame.crs is not None
    assert frame.crs.to_string() == "OGC:CRS84"
    assert sorted(frame.geom_type) == ["Point", "Polygon"]
    geo = json.loads(pq.read_metadata(result.path).metadata[b"geo"])
    assert geo["columns"]["geometry"]["bbox"] == [10.0, 5.0, 11.0, 6.0]
    assert "crs" not in geo["columns"]["geometry"]
    assert geo["columns"]["geometry"]["geometry_types"] == ["Point", "Polygon"]


def test_the_same_plots_give_the_same_bytes(staged: Any) -> None:
    content = collection(*[feature(square(10 + i, 5), id=i) for i in range(5)])
    assert Path(staged(content).path).read_bytes() == Path(staged(content).path).read_bytes()
