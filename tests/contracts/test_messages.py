"""Messages: ids are derived, values are finite, newer fields are ignored."""

from datetime import date

import pytest
from pydantic import ValidationError

from contracts.envelope import Envelope, derived_id
from contracts.v1.batch import BatchParameters, BatchProcess
from contracts.v1.stage import StageEvent
from contracts.v1.stats import StatCompute, Statistic


def parameters(**changes: object) -> BatchParameters:
    return BatchParameters.model_validate({"collection_name": "c", "stats": ["eudr_deforestation"], "end_date": "2026-01-01", **changes})


def test_the_same_message_for_the_same_cause_has_the_same_id() -> None:
    bell = StatCompute(run_id="r", stat=Statistic.WATER, part=3)
    assert derived_id(bell, "cause") == derived_id(bell.model_copy(), "cause")


def test_another_ring_or_another_cause_has_another_id() -> None:
    bell = StatCompute(run_id="r", stat=Statistic.WATER, part=3)
    ids = {derived_id(bell, "a"), derived_id(bell, "b"), derived_id(bell), derived_id(bell.model_copy(update={"ring": 2}), "a")}
    assert len(ids) == 4


def test_the_routing_key_of_a_chunk_ends_in_its_statistic() -> None:
    assert StatCompute(run_id="r", stat=Statistic.EUDR_DEFORESTATION, part=0).routing_key() == "stat.compute.v1.eudr_deforestation"


def test_a_field_that_a_newer_writer_added_is_ignored() -> None:
    event = {
        "id": "1",
        "source": "/x",
        "type": "stage.event.v1",
        "data": {"run_id": "r", "stage": "staging", "part": 0, "state": "done", "mood": "good"},
    }
    assert Envelope[StageEvent].model_validate(event).data.stage == "staging"


@pytest.mark.parametrize(
    "changes",
    [
        {"stats": []},
        {"stats": ["water", "water"]},
        {"start_date": date(2026, 2, 1)},
        {"skip_on_low_confidence": True, "validate_locations": False},
        {"collection_name": ""},
        {"input_payload": {"a": float("nan")}, "repair": "perhaps"},
    ],
)
def test_parameters_that_contradict_themselves_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        parameters(**changes)


def test_an_order_has_exactly_one_source() -> None:
    with pytest.raises(ValidationError):
        BatchProcess(parameters=parameters())
