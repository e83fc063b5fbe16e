"""METHOD.md says what the code does: version, thresholds, fields, flags, reasons, layers, and its example by hand."""

import ast
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from contracts.v1.results.biodiversity import Biodiversity
from services.biodiversity.canopy import normalised
from services.biodiversity.rules import LAYERS, METHOD_VERSION, rules, thresholds
from services.biodiversity.score import score_of
from services.biodiversity.uncertainty import rao_q_norm_sd, rao_q_sd
from shared.rasters.catalogue import catalogue
from shared.vectors.catalogue import vector_catalogue
from shared.zonal.landscape import composition, network
from shared.zonal.reductions.values import ValueAreas, quantile, rao_q

PAGE = files("services.biodiversity").joinpath("METHOD.md").read_text(encoding="utf-8")
HEADINGS = [
    "Question", "Formula", "Worked example", "Units", "Range", "Behaviour at the limits", "Layers", "FRAGSTATS", "Known errors",
    "References", "Version(s)",
]  # fmt: skip


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def test_page_has_the_headings_in_their_order() -> None:
    assert re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE) == HEADINGS


def test_page_is_of_this_version() -> None:
    assert f"\nVersion {METHOD_VERSION}." in PAGE
    assert re.search(rf"^- {re.escape(METHOD_VERSION)}: ", PAGE, flags=re.MULTILINE), "the list of versions names it"


@pytest.mark.parametrize("name", thresholds())
def test_page_gives_every_threshold_with_its_value(name: str) -> None:
    value = thresholds()[name]
    text = str(value)
    written = {text, f"{round(value * 100)} %", text.removesuffix(".0"), "half" if value == 0.5 else text, f"{value / 1000:g} km"}
    around = [PAGE[max(0, hit.start() - 120) : hit.end() + 20] for hit in re.finditer(rf"`{name}`|`{name} |\b{name} ", PAGE)]
    assert around, f"{name} is not on the page"
    assert any(re.search(rf"(?<![\d.]){re.escape(one)}(?![\d])", place) for place in around for one in written), (name, value)


@pytest.mark.parametrize("name", Biodiversity.model_fields)
def test_page_explains_every_field(name: str) -> None:
    assert f"`{name}`" in section("Units")


def test_page_names_every_flag_and_reason() -> None:
    package = Path(__file__).parents[3] / "services" / "biodiversity"
    tree = ast.parse((package / "method.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "reasons.add"]
    reasons = {arg.value for node in calls for arg in ast.walk(node.args[0]) if isinstance(arg, ast.Constant)}
    (told,) = (node for node in ast.walk(tree) if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "told")
    assert isinstance(told.value, ast.Dict)
    flags = {key.value for key in told.value.keys if isinstance(key, ast.Constant)}
    assert len(reasons) > 5 and len(flags) > 5
    assert [name for name in reasons | flags if f"`{name}`" not in PAGE and f"`{name}<layer>`" not in PAGE] == []


def test_page_names_every_reason_of_the_supply_base() -> None:
    package = Path(__file__).parents[3] / "services" / "biodiversity"
    (why,) = (
        node
        for node in ast.walk(ast.parse((package / "whole.py").read_text()))
        if isinstance(node, ast.FunctionDef) and node.name == "_why"
    )
    reasons = {
        each.value for node in ast.walk(why) if isinstance(node, ast.Return) for each in ast.walk(node) if isinstance(each, ast.Constant)
    }
    raised = re.findall(r'code="(\w+)"', (package / "survey.py").read_text())
    named = {reason for reason in {*reasons, *raised} if re.fullmatch(r"[a-z_]+[a-z]", str(reason))}
    assert {"too_many_patches", "single_class", "landscape_too_wide", "landscape_too_large"} <= named
    assert [reason for reason in named if f"`{reason}`" not in PAGE] == []


def test_page_names_every_layer_and_they_are_in_the_catalogues() -> None:
    assert all(f"`{layer}`" in section("Layers") for layer in LAYERS)
    assert set(LAYERS) <= {*catalogue(), *vector_catalogue()}


def test_page_claims_no_method_of_others() -> None:
    assert "epoch" not in PAGE.lower()
    assert "are ours" in PAGE


def test_the_worked_example_is_what_the_code_gives() -> None:
    text = section("Worked example")
    pixels, low, high = (float(one) for one in re.findall(r"(\d+) of them (\d+) m high and \d+ of them (\d+) m high", text)[0])
    (sd,), (landscape_ha,) = ([float(one) for one in re.findall(words, text)] for words in (r"deviation of (\d+) m", r"of (\d+) ha with"))
    patches = np.array([float(one) for one in re.findall(r"of (\d+), (\d+) and (\d+) ha", text)[0]])
    first, second, third = (float(one) for one in re.findall(r"it is (\d+) m, .* (\d+) m, .* (\d+) m\.", text, flags=re.DOTALL)[0])
    (bii,) = map(float, re.findall(r"Intactness is ([\d.]+)\.", text))
    heights = ValueAreas(np.array([0, 2]), np.array([low, high]), np.array([pixels, pixels]))
    gaps = np.array([[0.0, first, third], [first, 0.0, second], [third, second, 0.0]])
    held = rules()
    q, p95, rms = rao_q(heights), quantile(heights, 0.95), np.array([sd])
    norm = normalised(q, p95)
    eca = network.equivalent_connected_area(patches, network.path_lengths(gaps), held.median_dispersal_m)
    norm_sd = rao_q_norm_sd(rms, p95, norm)
    score = score_of(float(norm[0]), eca / landscape_ha, bii, float(norm_sd[0]))
    found = {
        "rao_q": q[0], "rao_q_norm": norm[0], "canopy_height_se": sd, "rao_q_sd": rao_q_sd(rms)[0], "rao_q_norm_sd": norm_sd[0],
        "effective_mesh_ha": composition.effective_mesh(patches, landscape_ha), "division": composition.division(patches, landscape_ha),
        "connectance_pct": network.connectance(gaps, held.connectance_gap_m), "eca_ha": eca, "connectivity": eca / landscape_ha,
        "diversity_score": score.score, "diversity_uncertainty_sd": score.sd,
    }  # fmt: skip
    rows = dict(re.findall(r"^\| (\w+) \| .* \| ([\d.]+) \|$", text, flags=re.MULTILINE))
    assert {name: float(value) for name, value in rows.items()} == pytest.approx(found, abs=0.51e-4)
