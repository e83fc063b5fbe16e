"""A file in the place of a layer clears nothing beyond what it has observed."""

from datetime import date
from pathlib import Path

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from tests.services.deforestation.scene import Scene, block

PLOT = block(30, 30, 6, 6)


def judged(scene: Scene) -> EudrDeforestation:
    [outcome] = scene.outcomes(PLOT)
    assert isinstance(outcome.values, EudrDeforestation)
    return outcome.values


def test_a_current_release_clears_a_plot_without_loss(tmp_path: Path) -> None:
    assert judged(Scene(tmp_path)).alert_class == "none"


def test_an_older_release_is_believed_up_to_the_year_that_was_said(tmp_path: Path) -> None:
    values = judged(Scene(tmp_path, observed_to=2022))
    assert values.observed_through == date(2022, 12, 31)
    assert values.alert_class == "inconclusive"  # 2025-12-31 is more than 400 days later


def test_a_release_of_which_nothing_was_said_is_believed_up_to_its_newest_event(tmp_path: Path) -> None:
    elsewhere = {"lossyear": 21, "DeforestationYear": 2021, "DegradationYear": 2021}
    values = judged(Scene(tmp_path, observed_to=None).paint(0, 0, 2, 2, **elsewhere))
    assert values.observed_through == date(2021, 12, 31)
    assert values.alert_class == "inconclusive"


def test_a_release_without_any_event_clears_nothing(tmp_path: Path) -> None:
    values = judged(Scene(tmp_path, observed_to=None))
    assert values.alert_class == "inconclusive"
    assert values.verdict == "not assessed"
