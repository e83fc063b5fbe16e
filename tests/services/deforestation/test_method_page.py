"""METHOD.md says what the code does: version, every threshold, every field, every flag's layer."""

import re
from importlib.resources import files

import pytest

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.rules import METHOD_VERSION, rules, thresholds
from services.deforestation.verdict import WORST_FIRST
from services.deforestation.worker import LAYERS, TMF_LAST

PAGE = files("services.deforestation").joinpath("METHOD.md").read_text(encoding="utf-8")
HEADINGS = ["Question", "Formula", "Units", "Range", "Behaviour at the limits", "Layers", "Known errors", "References", "Version(s)"]


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
    for name, kind in type(held).__annotations__.items():
        value = getattr(held, name)
        assert isinstance(value, tuple if kind == tuple[int, int] else kind), name


def test_page_claims_no_method_of_others() -> None:
    assert "epoch" not in PAGE.lower()
    assert "are ours" in PAGE
