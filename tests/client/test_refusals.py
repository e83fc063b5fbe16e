"""Whatever a server or a proxy answers becomes one of the client's errors."""

from pathlib import Path

import httpx
import pytest

from client import CredentialsFile, Incomplete, PlotproofClient, ProblemError, Unreachable

Answer = httpx.Response | Exception


class Script(httpx.BaseTransport):
    """Gives its answers one after the other, the last again and again, and keeps the requests."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def client_of(tmp_path: Path, *answers: Answer, token: str | None = None) -> tuple[PlotproofClient, Script]:
    script = Script(*answers)
    credentials = CredentialsFile(tmp_path / "credentials.json")
    return PlotproofClient("http://server.test", token, credentials=credentials, transport=script, retry_delays_s=(0, 0)), script


class BreaksOff(httpx.SyncByteStream):
    """A body that ends in a lost connection."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self):  # type: ignore[no-untyped-def]
        yield self.content
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def test_a_problem_keeps_its_code_detail_and_errors(tmp_path: Path) -> None:
    errors = [{"pointer": "/stats", "code": "unknown_statistic", "message": "no"}]
    body = {"status": 422, "code": "validation_error", "detail": "one fault", "errors": errors, "errors_total": 7}
    client, _ = client_of(tmp_path, httpx.Response(422, json=body))
    with pytest.raises(ProblemError) as caught:
        client.config()
    problem = caught.value
    assert (problem.status, problem.code, problem.detail) == (422, "validation_error", "one fault")
    assert problem.errors == tuple(errors)
    assert problem.errors_total == 7


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", b"[1]", b'{"errors": "none"}', b'{"detail": null}'])
def test_an_answer_without_a_problem_is_a_problem_by_its_status(tmp_path: Path, body: bytes) -> None:
    client, _ = client_of(tmp_path, httpx.Response(502, content=body))
    with pytest.raises(ProblemError) as caught:
        client.config()
    assert (caught.value.status, caught.value.code, caught.value.errors) == (502, "http_502", ())


def test_nobody_listening_is_said_at_once(tmp_path: Path) -> None:
    client, script = client_of(tmp_path, httpx.ConnectError("refused"))
    with pytest.raises(Unreachable, match="no answer from"):
        client.config()
    assert len(script.requests) == 1


def test_a_lost_connection_is_tried_again_even_while_the_server_starts(tmp_path: Path) -> None:
    client, script = client_of(tmp_path, httpx.ReadError("reset"), httpx.ConnectError("refused"), httpx.Response(200, json={"limit": 1}))
    assert client.config() == {"limit": 1}
    assert len(script.requests) == 3


def test_a_connection_that_stays_lost_is_unreachable(tmp_path: Path) -> None:
    client, script = client_of(tmp_path, httpx.ReadError("reset"))
    with pytest.raises(Unreachable):
        client.config()
    assert len(script.requests) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_server_is_asked_again(tmp_path: Path, status: int) -> None:
    client, script = client_of(tmp_path, httpx.Response(status, headers={"Retry-After": "0"}), httpx.Response(200, json={}))
    assert client.config() == {}
    assert len(script.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 500])
def test_other_refusals_are_final(tmp_path: Path, status: int) -> None:
    client, script = client_of(tmp_path, httpx.Response(status))
    with pytest.raises(ProblemError):
        client.config()
    assert len(script.requests) == 1


def test_every_try_of_a_submission_carries_one_key_and_the_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "plots.geojson"
    file.write_bytes(b'{"type":"FeatureCollection","features":[]}')
    accepted = httpx.Response(202, json={"status": "PROCESSING", "collection_id": "0xab", "run_id": "r"})
    client, script = client_of(tmp_path, httpx.ReadError("reset"), httpx.Response(503), accepted)
    submission = client.batch_process(file, collection_name="one", country=None, crop_type="cocoa")
    assert submission.collection_id == "0xab"
    keys = {request.headers["Idempotency-Key"] for request in script.requests}
    assert len(script.requests) == 3
    assert len(keys) == 1
    for request in script.requests:
        assert file.read_bytes() in request.content
        assert b"Content-Type: application/geo+json" in request.content
        assert b'{"collection_name":"one","crop_type":"cocoa"}' in request.content


def test_two_submissions_have_two_keys(tmp_path: Path) -> None:
    file = tmp_path / "plots.csv"
    file.write_text("lat,lon\n1,2\n")
    client, script = client_of(tmp_path, httpx.Response(202, json={"status": "PROCESSING", "collection_id": "0xab"}))
    client.batch_process(file, collection_name="one")
    client.batch_process(file, collection_name="two")
    assert script.requests[0].headers["Idempotency-Key"] != script.requests[1].headers["Idempotency-Key"]


def test_an_unknown_kind_of_file_is_not_sent(tmp_path: Path) -> None:
    file = tmp_path / "plots.docx"
    file.write_bytes(b"x")
    client, script = client_of(tmp_path, httpx.Response(200))
    with pytest.raises(ValueError, match=r"plots\.docx.*\.geojson"):
        client.batch_process(file, collection_name="one")
    assert not script.requests


def test_features_that_break_off_are_incomplete(tmp_path: Path) -> None:
    stream = BreaksOff(b'{"type":"Feature","properties":{"plotid":"a"}}\n')
    client, _ = client_of(tmp_path, httpx.Response(200, stream=stream))
    features = client.fetch_plots("0xab")
    assert next(features)["properties"]["plotid"] == "a"
    with pytest.raises(Incomplete):
        next(features)


def test_half_a_line_is_incomplete(tmp_path: Path) -> None:
    client, _ = client_of(tmp_path, httpx.Response(200, content=b'{"type":"Feature"}\n{"type":"Fea'))
    with pytest.raises(Incomplete):
        list(client.fetch_plots("0xab"))


def test_parameters_that_are_not_given_are_not_sent(tmp_path: Path) -> None:
    client, script = client_of(tmp_path, httpx.Response(200, content=b""))
    assert list(client.fetch_deforestation_check("0xab", limit=5, plots_only=True)) == []
    assert dict(script.requests[0].url.params) == {"filename": "0xab", "limit": "5", "plots_only": "true"}
