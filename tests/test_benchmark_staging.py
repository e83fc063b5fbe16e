"""The staging benchmark writes and stages every format it names, and its section of the page can be written again; nothing is timed."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks import staging

PLOTS = 40


@pytest.mark.parametrize("name", staging.FORMATS)
def test_every_format_is_staged_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"plots.{staging.FORMATS[name].suffix}"
    staging.write(staging.plots(PLOTS), name, path)
    row = staging.measure(name, path)
    assert row.plots == PLOTS
    assert (row.read_per_s is None) == (not staging.FORMATS[name].is_read)


def test_the_section_is_written_in_the_place_of_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, results = tmp_path / "benchmarks.md", tmp_path / "staging.json"
    page.write_text("# Benchmarks\n\nof others\n", encoding="utf-8")
    monkeypatch.setattr(staging, "RESULTS", results)
    staging.write_section(page)
    assert page.read_text("utf-8") == "# Benchmarks\n\nof others\n"
    for staged_per_s in (100.0, 250.0):
        row = staging.Row("GeoParquet", 100_000, 27.5, staged_per_s, 200.0, 1.0, 0.5, 600.0)
        results.write_text(json.dumps([asdict(row)]), encoding="utf-8")
        staging.write_section(page)
    text = page.read_text("utf-8")
    assert text.startswith("# Benchmarks\n\nof others\n\n## Staging\n")
    assert text.count("## Staging") == 1
    assert "| GeoParquet | 27.5 | 250 | 200 | 1.25 | 1.00 | 0.50 | 600 |" in text
