"""Statistical emissions: the formula by hand, the file of an operator, and what it refuses."""

import re
from pathlib import Path

import pytest

from services.biomass.sluc import factor_tco2eha, read_statistical
from shared.errors import Refused

TABLE = """
version = "2026-01"

[[countries]]
country = "GH"
forest_before_ha = 9_000_000
forest_now_ha = 8_700_000
carbon_loss_tc_ha = 100.0
citation = "FRA 2025"

[[crops]]
country = "GH"
crop = "cocoa"
area_before_ha = 1_000_000
area_now_ha = 1_400_000
citation = "FAOSTAT QCL"

[[crops]]
country = "GH"
crop = "maize"
area_before_ha = 900_000
area_now_ha = 800_000
citation = "FAOSTAT QCL"

[[crops]]
country = "GH"
crop = "permanent pasture"
area_before_ha = 8_000_000
area_now_ha = 8_200_000
citation = "FAOSTAT RL"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "statistical.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_formula_by_hand(tmp_path: Path) -> None:
    """Cocoa has 400,000 of 600,000 ha of expansion, so 200,000 of 300,000 ha of forest: 200,000 x 100 x 44/12 / 20 / 1,400,000."""
    table = read_statistical(written(tmp_path, TABLE))
    assert table.of("GH", "Cacao") == pytest.approx(200_000 * 100 * 44 / 12 / 20 / 1_400_000, rel=1e-12)
    assert table.of("GH", "maize") == 0.0, "it shrank: known to be none"
    assert table.of("GH", "rubber") is None
    assert table.of("CI", "cocoa") is None and table.of(None, "cocoa") is None and table.of("GH", None) is None


def test_no_more_than_its_own_expansion() -> None:
    assert factor_tco2eha(10.0, 10.0, 1000.0, 100.0, 50.0) == pytest.approx(10 * 100 * 44 / 12 / 20 / 50)
    assert factor_tco2eha(0.0, 0.0, 1000.0, 100.0, 50.0) == 0.0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version", "[broken"),
        ('crop = "cocoa"', 'crop = "unobtainium"'),
        ("area_now_ha = 1_400_000", "area_now_ha = -1"),
        ('citation = "FRA 2025"', "surprise = 1"),
        ('country = "GH"', 'country = "Ghana"'),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(Refused, match=r"statistical\.toml") as refusal:
        read_statistical(written(tmp_path, TABLE.replace(old, new)))
    assert refusal.value.code == "sluc_table"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        read_statistical(tmp_path / "none.toml")


def test_the_table_of_the_documentation_reads(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "deployment.md").read_text(encoding="utf-8")
    [shown] = re.findall(r"```toml\n(version = .+?)```", page, flags=re.DOTALL)
    assert read_statistical(written(tmp_path, shown)).of("GH", "cocoa") == pytest.approx(300_000 * 100 * 44 / 12 / 20 / 1_400_000)
