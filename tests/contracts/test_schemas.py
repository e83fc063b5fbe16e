"""Published schemas and examples are append-only, current, and compatible with each other."""

import copy
import itertools
from pathlib import Path

import orjson
import pytest
from pydantic import TypeAdapter

from contracts import publish, routes
from contracts.envelope import Envelope, derived_id
from tests.contracts.compatibility import breaks

CONTRACTS = Path(publish.__file__).parent
NAMES = sorted({**routes.MESSAGES, **publish.RESULTS})


def versions(name: str, folder: str) -> list[Path]:
    return sorted((CONTRACTS / folder / name).glob("*.json"), key=lambda path: [int(part) for part in path.stem.split(".")])


def test_every_published_file_is_what_the_models_say() -> None:
    assert publish.main(["--check"]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_schema_is_the_models(name: str) -> None:
    assert versions(name, "schema")[-1] in publish.schemas()


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_compatible_with_the_one_before(name: str) -> None:
    files = versions(name, "schema")
    for old, new in itertools.pairwise(files):
        assert breaks(orjson.loads(old.read_bytes()), orjson.loads(new.read_bytes())) == []


@pytest.mark.parametrize("path", sorted((CONTRACTS / "examples").rglob("*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_ever_published_still_decodes(path: Path) -> None:
    name, text = path.parent.name, path.read_bytes()
    if name in publish.RESULTS:
        result = TypeAdapter(publish.RESULTS[name]).validate_json(text)
        assert result.model_dump(mode="json").items() >= orjson.loads(text).items()
        return
    event = Envelope[routes.MESSAGES[name]].model_validate_json(text)  # type: ignore[misc]
    assert event.type == name == event.data.TYPE
    assert event.id == derived_id(event.data, event.causationid)


def test_every_message_and_result_has_an_example_of_its_newest_version() -> None:
    for name in NAMES:
        assert [path.stem for path in versions(name, "schema")] == [path.stem for path in versions(name, "examples")]


def test_every_order_is_heard_by_a_queue_and_run_finished_by_none() -> None:
    heard = {key for keys in routes.HEARS.values() for key in keys}
    orders = {
        "batch.process.v1",
        "stat.compute.v1.eudr_deforestation",
        "stat.compute.v1.luc_emissions",
        "stat.compute.v1.biodiversity",
        "stat.compute.v1.water",
    }
    assert orders <= heard
    assert not routes.listened_to("run.finished.v1")


def test_asyncapi_names_every_message_and_queue() -> None:
    document = orjson.loads((CONTRACTS / "asyncapi.json").read_bytes())
    assert set(document["components"]["messages"]) == set(routes.MESSAGES)
    hears = {name.split(".hears.")[0] for name in document["operations"] if ".hears." in name}
    assert hears == set(routes.HEARS)


OLD = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 9}}, "required": ["a"]}


def test_an_added_optional_field_is_compatible() -> None:
    new = copy.deepcopy(OLD)
    new["properties"]["b"] = {"type": "integer"}
    assert breaks(OLD, new) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda s: s["properties"].pop("a"), "$.a: was dropped"),
        (lambda s: s.update(required=[]), "$.a: became optional"),
        (lambda s: s["properties"]["a"].pop("maxLength"), "$.a: maxLength was 9, is None"),
        (lambda s: s["properties"]["a"].update(type="integer"), "$.a: type was 'string', is 'integer'"),
        (lambda s: (s["properties"].update(b={"type": "string"}), s["required"].append("b")), "$.b: became required"),
    ],
)
def test_a_breaking_change_is_named(change, named) -> None:  # type: ignore[no-untyped-def]
    new = copy.deepcopy(OLD)
    change(new)
    assert named in breaks(OLD, new)
