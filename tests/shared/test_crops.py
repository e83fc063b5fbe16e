"""Crops are found by name, synonym and code, whatever the spelling, and no name means two."""

from collections import Counter
from pathlib import Path

import pytest

from shared.crops import crop_of, crops


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Cocoa", "cocoa"),
        (" CACAO ", "cocoa"),
        ("café", "coffee"),
        ("Oil-Palm", "oil palm"),
        ("oil_palm", "oil palm"),
        ("Soya  Beans", "soybean"),
        ("aguacate", "avocado"),
        ("piña", "pineapple"),
        (1, "cocoa"),
        ("7", "wood"),
    ],
)
def test_a_crop_is_found_however_it_is_written(given: str | int, name: str) -> None:
    found = crop_of(given)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("given", [None, "", "unobtainium", 0, -1, 9999, "cocoa; drop table"])
def test_what_is_no_crop_of_the_table_is_none(given: str | int | None) -> None:
    assert crop_of(given) is None


def test_no_name_and_no_code_means_two_crops() -> None:
    names = Counter(name for crop in crops() for name in (str(crop.code), crop.name, *crop.synonyms))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_seven_commodities_of_the_regulation_are_marked() -> None:
    assert {crop.name for crop in crops() if crop.eudr} == {"cattle", "cocoa", "coffee", "oil palm", "rubber", "soybean", "wood"}


def test_only_the_tree_of_cattle_stands_in_for_an_unpublished_one() -> None:
    assert [crop.name for crop in crops() if not crop.tree_published] == ["cattle"]


@pytest.mark.parametrize(("crop", "tree"), [("cocoa", "pcrop"), ("rubber", "pcrop"), ("soy", "acrop"), ("wood", "timber")])
def test_each_commodity_has_its_tree(crop: str, tree: str) -> None:
    found = crop_of(crop)
    assert found is not None
    assert found.tree == tree


def test_the_published_page_lists_every_crop_as_the_table_has_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "crops.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ") and line[2].isdigit()]
    said = [
        f"| {crop.code} | {crop.name} | {', '.join(crop.synonyms)} | {crop.kind} | {crop.tree} | {'yes' if crop.eudr else ''} |"
        for crop in crops()
    ]
    assert rows == said
