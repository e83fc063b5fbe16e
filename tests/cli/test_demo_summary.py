"""What the demo tells of a statistic: means, counts, and the reason that a value is missing."""

import pytest

from cli.demo_report import report_of
from cli.demo_summary import MEASURES, summaries_of, tables_of
from contracts.routes import RESULT_OF
from contracts.v1.stats import Statistic

ROWS = [
    {"diversity_score": 40.0, "rao_q": 2.0, "bii_mean": 0.5, "reasons": ["layer_not_configured:kba"]},
    {"diversity_score": 60.0, "rao_q": None, "bii_mean": 0.7, "reasons": ["layer_not_configured:kba", "too_few_pixels"]},
    {"diversity_score": 20.0, "rao_q": None, "bii_mean": None, "reasons": ["layer_not_configured:kba"]},
]


def test_every_measure_is_a_field_of_its_result() -> None:
    for stat, measures in MEASURES.items():
        if stat in RESULT_OF:
            assert {measure.field for measure in measures} <= RESULT_OF[Statistic(stat)].model_fields.keys()


def test_numbers_have_mean_and_range_and_reasons_are_those_that_hinder() -> None:
    told = {entry["field"]: entry for entry in summaries_of({"biodiversity": ROWS})}
    score, rao, bii = (told[name] for name in ("diversity_score", "rao_q", "bii_mean"))
    assert (score["plots"], score["mean"], score["least"], score["greatest"], score["without"], score["reason"]) == (3, 40, 20, 60, 0, None)
    assert (rao["plots"], rao["mean"], rao["without"], rao["reason"]) == (1, 2, 2, "too_few_pixels")
    assert bii["mean"] == pytest.approx(0.6)
    assert (bii["without"], bii["reason"]) == (1, None)


def test_a_value_that_nobody_has_is_missing_not_zero() -> None:
    rows = [{"diversity_score": None, "reasons": ["window_short"]}, {"diversity_score": None, "reasons": []}]
    entry = summaries_of({"biodiversity": rows})[0]
    assert (entry["plots"], entry["mean"], entry["least"], entry["counts"]) == (0, None, None, None)
    assert (entry["without"], entry["reason"]) == (2, "window_short")


def test_words_are_counted() -> None:
    rows = [{"bws_label": word, "reasons": []} for word in ("High (40-80%)", "Low (<10%)", "High (40-80%)")]
    entry = summaries_of({"water": [*rows, {"bws_label": None, "reasons": ["no_data:bws"]}]})[0]
    assert entry["counts"] == {"High (40-80%)": 2, "Low (<10%)": 1}
    assert (entry["plots"], entry["mean"], entry["without"], entry["reason"]) == (3, None, 1, "no_data:bws")


def test_only_computed_statistics_are_told_each_in_a_table_of_its_own() -> None:
    report = report_of({"biodiversity": ROWS, "water": []}, [])
    assert {entry["stat"] for entry in report["statistics"]} == {"biodiversity", "water"}
    assert report["classes"] == [] and report["worst_plots"] == []
    titles = [str(each.title) for each in tables_of(report["statistics"])]
    assert len(titles) == 2 and all(title.startswith("SYNTHETIC ") for title in titles)
