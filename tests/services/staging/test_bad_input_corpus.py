"""Every file of the corpus of bad input through a running system: its status, its code, its words, and nothing left behind."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from services.staging.faults import FILE_FAULTS, PLOT_FAULTS
from tests.driving import rows_of, until
from tests.services.staging.corpus.case import FORMATS, Case, Kept, Refused
from tests.services.staging.corpus.whole import CORPUS, SYSTEM
from tests.systems import System, embedded

AT_ONCE = 4
ENDED_S = 30

pytestmark = pytest.mark.timeout(600)  # the fixture sends the whole corpus: some 100 s on two cores


@dataclass(frozen=True)
class Answered:
    """What was said of one file: the answer itself, and of an accepted file what came of it."""

    response: httpx.Response
    progress: dict[str, Any] = field(default_factory=dict)
    rejections: list[dict[str, Any]] = field(default_factory=list)

    @property
    def body(self) -> Any:
        return self.response.json()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "tmp").mkdir()
    with embedded(folder, folder, TMPDIR=str(folder / "tmp"), **SYSTEM) as running:
        yield running


@pytest.fixture(scope="module")
def answers(system: System) -> dict[str, Answered]:
    """Every file of the corpus, sent some at a time: one that hangs holds up no other."""
    return asyncio.run(answered(system))


async def answered(system: System) -> dict[str, Answered]:
    one_of, found = asyncio.Semaphore(AT_ONCE), {}
    async with httpx.AsyncClient(base_url=system.url, timeout=ENDED_S) as http:

        async def send(name: str, case: Case) -> None:
            async with one_of:
                found[name] = await followed(http, await sent(http, name, case))

        await asyncio.gather(*(send(name, case) for name, case in CORPUS.items()))
    return found


async def sent(http: httpx.AsyncClient, name: str, case: Case) -> httpx.Response:
    """Statistics are none of this: what should be accepted goes to the step that ends with staging."""
    path = "/stage_plots" if isinstance(case.outcome, Kept) else "/batch_process"
    file = (f"plots{FORMATS[case.format].suffixes[0]}", case.make(), case.media_type)
    return await http.post(path, files={"file": file}, data={"collection_name": name, **case.parameters})


async def followed(http: httpx.AsyncClient, response: httpx.Response) -> Answered:
    if response.status_code != httpx.codes.ACCEPTED:
        return Answered(response)
    collection = response.json()["collection_id"]

    async def ended() -> Any:
        progress = (await http.get("/batch_progress", params={"tracking_id": collection})).json()
        return progress if progress["finished_at"] else None

    progress = await until(ended, ENDED_S, "staging ends", every_s=0.02)
    rejections = (await http.get(f"/collections/{collection}/rejections")).text
    return Answered(response, progress, [orjson.loads(line) for line in rejections.splitlines()])


@pytest.mark.parametrize("name", CORPUS)
def test_a_file_is_answered_as_the_corpus_says(answers: dict[str, Answered], name: str) -> None:
    outcome = CORPUS[name].outcome
    if isinstance(outcome, Refused):
        is_refused(answers[name], outcome)
    else:
        is_kept(answers[name], outcome)


def is_refused(answer: Answered, expected: Refused) -> None:
    problem = answer.body
    assert (answer.response.status_code, problem.get("code")) == (expected.status, expected.code), answer.response.text
    assert answer.response.headers["Content-Type"] == "application/problem+json"
    errors: list[dict[str, Any]] = problem.get("errors", [])
    told = problem["detail"] + "".join(error["message"] for error in errors)
    assert (expected.words or advice(FILE_FAULTS[expected.code].advice)) in told
    assert dict(expected.place).items() <= (errors[0] if errors else {}).items(), errors
    if expected.plots:
        assert [error["code"] for error in errors] == list(expected.plots), errors
        for error in errors:
            assert error["message"].startswith(f"Plot {error['plot_id']} (feature {error['feature_index']}): ")
            assert advice(PLOT_FAULTS[error["code"]].advice) in error["message"]


def advice(text: str) -> str:
    """What to do, up to the first word that is filled in."""
    assert text
    return text.partition("{")[0]


def is_kept(answer: Answered, expected: Kept) -> None:
    assert answer.response.status_code == httpx.codes.ACCEPTED, answer.response.text
    count = len(expected.rejected)
    assert answer.progress["status"] == "COMPLETED", answer.progress
    assert answer.progress["plots"] == {"total": expected.accepted + count, "accepted": expected.accepted, "rejected": count}
    assert expected.warnings.items() <= answer.progress["warnings"].items(), answer.progress["warnings"]
    assert expected.country in (None, answer.body["country"])
    assert [rejection["code"] for rejection in answer.rejections] == list(expected.rejected)
    assert all(rejection["plot_id"] and rejection["feature_index"] >= 0 for rejection in answer.rejections)


async def test_nothing_is_left_of_a_refused_file(system: System, answers: dict[str, Answered]) -> None:
    """No row, no message, no blob, and no temporary file of any."""
    kept = {answer.body["collection_id"] for answer in answers.values() if answer.response.is_success}
    assert kept
    assert {path.name for path in (system.data_dir / "blobs" / "collections").iterdir() if any(path.iterdir())} == kept
    async with rows_of(system) as rows:
        for table in ("collections", "runs"):
            assert {row.collection_id for row in await rows.all(f"select collection_id from {table}")} == kept
        left_out = sum(len(answer.rejections) for answer in answers.values())
        assert await rows.one("select count(*) from rejections") == left_out
        assert await rows.one("select count(*) from tasks where state <> 'done' or run_id not in (select run_id from runs)") == 0
        assert await rows.parked() == []
    [workshop] = (system.data_dir.parent / "tmp").iterdir()
    assert [path.name for path in workshop.iterdir()] == ["lock"]


def test_every_row_that_applies_to_all_formats_has_a_file_in_each() -> None:
    rows: dict[str, set[str]] = {}
    for case in CORPUS.values():
        rows.setdefault(case.row, set()).add(case.format)
    everywhere = {"lat not in ±90", "self-intersection", "null geometry", "LineString", "0 features", "malformed: cut off", "empty file"}
    assert all(rows[row] == set(FORMATS) for row in everywhere)
    assert len(rows) > 150


def test_a_file_is_the_same_each_time() -> None:
    assert [case.make() for case in CORPUS.values()] == [case.make() for case in CORPUS.values()]
