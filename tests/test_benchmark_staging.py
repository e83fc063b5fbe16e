"""The staging benchmark writes and stages every format it names, and a section of the page can be written again; nothing is timed."""

from pathlib import Path

import pytest

from benchmarks import staging
from benchmarks.sections import put

PLOTS = 40


@pytest.mark.parametrize("name", staging.FORMATS)
def test_every_format_is_staged_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"plots.{staging.FORMATS[name].suffix}"
    staging.write(staging.plots(PLOTS), name, path)
    row = staging.measure(name, path)
    assert row.plots == PLOTS
    assert (row.read_per_s is None) == (not staging.FORMATS[name].is_read)


def test_a_section_is_written_in_the_place_of_the_last_one_and_leaves_the_others(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    put(page, "Zonal engine", ["### a case", "", "of others"])
    for staged_per_s in (100.0, 250.0):
        row = staging.Row("GeoParquet", 100_000, 27.5, staged_per_s, 200.0, 1.0, 0.5, 600.0)
        put(page, "Staging", staging.section([row]))
    put(page, "Methods", ["last"])
    put(page, "Zonal engine", ["### a case", "", "of others again"])
    text = page.read_text("utf-8")
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# Benchmarks",
        "## Zonal engine",
        "### a case",
        "## Staging",
        "## Methods",
    ]
    assert "of others again" in text and text.endswith("\nlast\n")
    assert "| GeoParquet | 27.5 | 250 | 200 | 1.25 | 1.00 | 0.50 | 600 |" in text and "| 100 |" not in text
