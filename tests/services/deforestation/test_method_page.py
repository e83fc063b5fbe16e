"""METHOD.md says what the code does: version, every threshold, every field, every flag's layer."""

import re
from importlib.resources import files

import pytest

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.extras import ROLES
from services.deforestation.rules import METHOD_VERSION, rules, thresholds
from services.deforestation.verdict import WORST_FIRST
from services.deforestation.worker import LAYERS, TMF_LAST
from shared.rasters.catalogue import layer_of
from tests.services.deforestation.scene import PLOT, Scene

PAGE = files("services.deforestation").joinpath("METHOD.md").read_text(encoding="utf-8")
HEADINGS = [
    "Question", "Formula", "Units", "Range", "Behaviour at the limits", "Worked example", "Layers", "Known errors", "References",
    "Version(s)",
]  # fmt: skip


def test_page_has_the_headings_in_their_order() -> None:
    assert re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE) == HEADINGS


def test_page_is_of_this_version() -> None:
    assert f"\nVersion {METHOD_VERSION}." in PAGE
    assert re.search(rf"^- {re.escape(METHOD_VERSION)}: ", PAGE, flags=re.MULTILINE), "the list of versions names it"


@pytest.mark.parametrize("name", thresholds())
def test_page_gives_every_threshold_with_its_value(name: str) -> None:
    value = thresholds()[name]
    text = f"{value:.2f}" if name == "critical_overlap" else str(value)
    percent = f"{round(value * 100)} %" if isinstance(value, float) else text
    written = {text, percent, text.removesuffix(".0"), "two" if value == 2 else text}
    around = [PAGE[max(0, hit.start() - 120) : hit.end() + 20] for hit in re.finditer(rf"`{name}`|`{name} |\b{name} ", PAGE)]
    assert around, f"{name} is not on the page"
    assert any(re.search(rf"(?<![\d.]){re.escape(one)}(?![\d])", place) for place in around for one in written), (name, value)


@pytest.mark.parametrize("name", EudrDeforestation.model_fields)
def test_page_explains_every_field(name: str) -> None:
    assert f"`{name}`" in PAGE.partition("\n## Units")[2].partition("\n## Range")[0]


def test_page_names_every_class_and_band() -> None:
    assert all(f"`{name}`" in PAGE for name in WORST_FIRST)
    shorts = {layer.partition(".")[2] for layer in LAYERS}
    assert all(f"`{short}`" in PAGE for short in shorts if not short.startswith("AnnualChange_") or short.endswith("2020"))
    assert f"jrc_tmf.AnnualChange_{TMF_LAST}" in LAYERS


def test_thresholds_fill_their_types() -> None:
    held = rules()
    for name, value in thresholds().items():
        assert getattr(held, name) == (tuple(value) if isinstance(value, list) else value), name


def test_page_claims_no_method_of_others() -> None:
    assert "epoch" not in PAGE.lower()
    assert "are ours" in PAGE


def test_worked_example_is_what_the_method_finds(scene: Scene) -> None:
    scene.paint(35, 35, 8, 8, lossyear=23).lay("radd.Date", 23152, 35, 35, 8, 8).lay("radd.Alert", 3, 35, 35, 8, 8)
    scene.lay("glad_l.alertDate24", 100, 32, 32, 2, 2).lay("glad_l.alert24", 2, 32, 32, 2, 2)
    scene.lay("radd.Date", 23200, 47, 32, 1, 5).lay("radd.Alert", 2, 47, 32, 1, 5)
    found = scene.result(PLOT).model_dump(mode="json")
    table = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| ([\w.-]+) \|$", PAGE.partition("## Worked example")[2].partition("\n## ")[0], flags=re.MULTILINE
    )
    assert len(table) == 10
    for name, value in table:
        if re.fullmatch(r"[\d.]+", value):
            assert found[name] == pytest.approx(float(value), rel=5e-4), name
        else:
            assert found[name] == value, name


def test_page_gives_every_layer_with_its_licence_and_attribution() -> None:
    for layer in ROLES:
        entry = layer_of(layer)
        assert re.search(
            rf"^\| `{layer}` \| .* \| {re.escape(entry.licence)} \| {re.escape(entry.attribution)} \|$", PAGE, flags=re.MULTILINE
        ), layer
