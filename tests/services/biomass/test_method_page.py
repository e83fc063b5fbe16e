"""METHOD.md says what the code does: version, thresholds, fields, codes; and its worked example comes out."""

import ast
import re
from importlib.resources import files

import numpy as np
import pytest

from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.accounts import Account
from services.biomass.bands import LAYERS
from services.biomass.carbon import Losses, pools_of
from services.biomass.cells import carbon_tc
from services.biomass.kinds import AFTER, AGB, BGB, QUANTITIES, SD, SD_SQUARED, SOC, Ground, Kind
from services.biomass.rules import METHOD_VERSION, thresholds
from tests.services.biomass.memory import RULES, factors

SERVICE = files("services.biomass")
PAGE = SERVICE.joinpath("METHOD.md").read_text(encoding="utf-8")
HEADINGS = ["Question", "Formula", "Worked example", "Units", "Range"]
HEADINGS += ["Behaviour at the limits", "Layers", "Known errors", "References", "Version(s)"]


def test_page_has_the_headings_in_their_order() -> None:
    assert re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE) == HEADINGS


def test_page_is_of_this_version() -> None:
    assert f"\nVersion {METHOD_VERSION}." in PAGE
    assert re.search(rf"^- {re.escape(METHOD_VERSION)}: ", PAGE, flags=re.MULTILINE), "the list of versions names it"
    assert "epoch" not in PAGE.lower() and "are ours" in PAGE


@pytest.mark.parametrize("name", thresholds())
def test_page_gives_every_threshold_with_its_value(name: str) -> None:
    value = thresholds()[name]
    text = (
        ", ".join(str(one) for one in value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    )
    around = [PAGE[max(0, hit.start() - 90) : hit.end() + 70] for hit in re.finditer(rf"`{name}`|`{name} ", PAGE)]
    assert around, f"{name} is not on the page"
    assert any(re.search(rf"(?<![\d.]){re.escape(text)}(?![\d])", place) for place in around), (name, text)


@pytest.mark.parametrize("name", LucEmissions.model_fields)
def test_page_explains_every_field(name: str) -> None:
    assert f"`{name}`" in PAGE.partition("\n## Units")[2].partition("\n## Range")[0]


@pytest.mark.parametrize("layer", LAYERS)
def test_page_names_every_layer(layer: str) -> None:
    assert f"`{layer}`" in PAGE.partition("\n## Layers")[2]


def test_page_names_every_code() -> None:
    codes: set[str] = set()
    for module in ("method.py", "choice.py", "worker.py", "statistical.py"):
        for node in ast.walk(ast.parse(SERVICE.joinpath(module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                keys = [key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
                codes |= {key for key in keys if re.search(r"_(known|after|mask|default|deducted|stock|soil|apart|incomplete)$|:", key)}
    assert len(codes) > 12
    assert [code for code in sorted(codes) if f"`{code}`" not in PAGE and code not in LucEmissions.model_fields] == []


def written(step: str) -> float:
    """The number in the last column of a row of the worked example."""
    [number] = re.findall(rf"^\| {re.escape(step)} \|.*\| ([\d.]+)[^|]*\|$", PAGE, flags=re.MULTILINE)
    return float(number)


def test_the_worked_example_comes_out() -> None:
    """1.5 of 2.0 ha lost in 2018, 200 t/ha, sd 40, soil 60 t C/ha, no peat, maize, charged to 2024."""
    of, area = factors(kind="annual"), np.array([1.5])
    quantity = np.full((1, QUANTITIES), np.nan)
    quantity[:, [AGB, BGB, AFTER, SD, SD_SQUARED, SOC]] = [200.0, 200.0 * of.forest.root_shoot_high, of.after_tc_ha, 40.0, 1600.0, 60.0]
    one, known = np.array([0]), np.where(np.isnan(quantity), 0.0, 1.5)
    losses = Losses(1, 25, one, one + Kind.CONVERSION, one + 18, one, one + Ground.MINERAL, area, known, quantity * 1.5, area, area + 0.5)
    account = Account(losses, pools_of(losses, of), of, 2024, RULES)
    pools = account.pools

    def per_ha(pool: np.ndarray) -> float:
        return float(pool.sum()) * 12 / 44 / 1.5

    assert per_ha(pools.agb) == pytest.approx(written("C_AGB"), rel=1e-12)
    assert per_ha(pools.bgb) == pytest.approx(written("C_BGB"), rel=1e-12)
    assert per_ha(pools.dead_wood) == pytest.approx(written("C_DW"), rel=1e-12)
    assert per_ha(pools.litter) == pytest.approx(written("C_LI"), rel=1e-12)
    assert float(pools.soil.sum()) == pytest.approx(written("E_soc"), rel=1e-9)
    assert float(pools.som_n2o.sum()) == pytest.approx(written("E_n2o"), rel=1e-9)
    assert float(account.total[0]) == pytest.approx(written("luc_total"), rel=1e-9)
    assert float(account.total[0] - pools.soil.sum() - pools.som_n2o.sum()) == pytest.approx(written("E_bio"), rel=1e-9)
    assert float(account.weight[17]) == pytest.approx(written("w(6)"), rel=1e-12)
    assert float(account.charged.total[0]) == pytest.approx(written("luc_year"), rel=1e-9)
    assert float(account.charged.total[0]) / 2.0 == pytest.approx(written("luc_ha_year"), rel=1e-9)
    assert float(account.fire(with_roots=False).total.sum()) == pytest.approx(written("fire_if_burnt"), abs=1e-5)
    assert float(account.fire(with_roots=True).total.sum()) == pytest.approx(written("with_roots"), abs=1e-5)
    sd = float(account.sd(np.array([0.076]))[0])
    assert sd == pytest.approx(written("sd"), abs=1e-3)
    low, high = re.findall(r"are ([\d.]+) and ([\d.]+) t CO2e", PAGE)[0]
    assert (written("luc_total") - 1.96 * sd, written("luc_total") + 1.96 * sd) == pytest.approx((float(low), float(high)), abs=0.05)
    standing = carbon_tc(np.array([200.0]), np.array([200.0 * 0.221]), np.array([False]), of)[0]
    assert standing - of.after_tc_ha == pytest.approx(written("E_bio") * 12 / 44 / 1.5, rel=1e-9)
