"""Plotproof's REST interface as Python calls."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import orjson

from client.credentials import CredentialsFile, Tokens
from client.errors import Incomplete, Unreachable
from client.lines import lines
from client.media import media_type_of
from client.models import Collection, Rejection, Submission
from client.session import CONNECT_TIMEOUT_S, Session, given, reason
from client.watching import events, until_end
from contracts.v1.progress import BatchProcessProgress

SILENCE_S = 15.0
"""A stream of events that says nothing for so long is taken for dead."""


class PlotproofClient:
    """A server at `url`, with the given access token or the one that `plotproof login` kept for it.

    Every call raises `ProblemError` when the server refuses and `Unreachable` when it does not answer.
    Reading calls and submissions are repeated after a lost connection.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        token: str | None = None,
        *,
        credentials: CredentialsFile | None = None,
        transport: httpx.BaseTransport | None = None,
        retry_delays_s: Sequence[float] = (0.3, 1.0, 3.0),
    ) -> None:
        self._session = Session(url, token, credentials or CredentialsFile(), transport, retry_delays_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def log_in(self, email: str, password: str) -> Tokens:
        """Get tokens for an e-mail address and its password, and keep them in the credentials file."""
        return self._session.log_in(email, password)

    def batch_process(
        self, file: Path, *, collection_name: str, media_type: str | None = None, idempotency_key: str | None = None, **parameters: Any
    ) -> Submission:
        """Submit a file of plots with the parameters of `POST /batch_process`; those that are None are left out.

        All tries of one call carry one idempotency key, so that a lost answer starts no second run. Give
        `idempotency_key` to be as sure across calls. Raises `OSError` when the file cannot be read.
        """
        key = idempotency_key or uuid4().hex
        kind = media_type or media_type_of(file)
        request = orjson.dumps({"collection_name": collection_name, **given(parameters)}).decode()
        with file.open("rb") as content:

            def build(http: httpx.Client) -> httpx.Request:
                content.seek(0)
                return http.build_request(
                    "POST",
                    "/batch_process",
                    headers={"Idempotency-Key": key},
                    data={"request_data": request},
                    files={"file": (file.name, content, kind)},
                )

            return Submission.model_validate_json(self._session.send(build).content)

    def zonal_stats(self, collection: str, *, idempotency_key: str | None = None, **parameters: Any) -> Submission:
        """Compute statistics of an uploaded collection (id or name) in a new run, with the parameters of `POST /batch_zonal_stats`."""
        body = {"filename": collection, **given(parameters)}
        headers = {"Idempotency-Key": idempotency_key or uuid4().hex}

        def build(http: httpx.Client) -> httpx.Request:
            return http.build_request("POST", "/batch_zonal_stats", json=body, headers=headers)

        return Submission.model_validate_json(self._session.send(build).content)

    def progress(self, tracking_id: str, run_id: str | None = None) -> BatchProcessProgress:
        """How far the newest run (or `run_id`) of a collection is."""
        answer = self._session.get("/batch_progress", tracking_id=tracking_id, run_id=run_id)
        return BatchProcessProgress.model_validate_json(answer.content)

    def find(self, id_or_name: str) -> BatchProcessProgress:
        """Progress of the collection with this id or name."""
        answer = self._session.get("/batch_progress", filename=id_or_name)
        return BatchProcessProgress.model_validate_json(answer.content)

    def watch(
        self, tracking_id: str, run_id: str | None = None, *, patience_s: float = 120.0, pause_s: float = 1.0
    ) -> Iterator[BatchProcessProgress]:
        """Progress at least once a second while something changes, until the run has ended.

        Goes on by itself after lost connections and when the server starts again within `patience_s`.
        """
        return until_end(lambda: self.events(tracking_id, run_id), lambda: self.progress(tracking_id, run_id), patience_s, pause_s)

    def events(self, tracking_id: str, run_id: str | None = None) -> Iterator[BatchProcessProgress]:
        """One stream of `GET /batch_progress/events`, ending when the server ends it; `watch` survives more."""
        which = given({"tracking_id": tracking_id, "run_id": run_id})
        accept = {"Accept": "text/event-stream"}
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_TIMEOUT_S)

        def build(http: httpx.Client) -> httpx.Request:
            return http.build_request("GET", "/batch_progress/events", params=which, headers=accept, timeout=timeout)

        with self._session.stream(build) as response:
            try:
                for data in events(lines(response.iter_bytes())):
                    yield BatchProcessProgress.model_validate_json(data)
            except (httpx.TransportError, Incomplete) as error:
                raise Unreachable(self._session.url, "the stream of events broke off") from error

    def collections(self) -> dict[str, Collection]:
        """Every collection by its name, page after page."""
        found: dict[str, Any] = {}
        page: str | None = "/get_collections"
        while page is not None:
            answer = self._session.get(page)
            found.update(answer.json())
            page = answer.links.get("next", {}).get("url")
        return {name: Collection.model_validate(fields) for name, fields in found.items()}

    def fetch_plots(self, collection: str, *, run_id: str | None = None, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every plot of a collection (id or name) as a GeoJSON Feature with its results, in `plot_no` order.

        Raises `Incomplete` when the stream breaks off: what was yielded until then is not the whole.
        """
        return map(json.loads, self.fetch_lines(collection, run_id=run_id, **parameters))

    def fetch_lines(self, collection: str, *, run_id: str | None = None, **parameters: Any) -> Iterator[bytes]:
        """As `fetch_plots`, each Feature in the bytes that the server sent."""
        return self._lines("/fetch_plots", filename=collection, run_id=run_id, **parameters)

    def fetch_csv(self, collection: str, *, run_id: str | None = None, **parameters: Any) -> Iterator[bytes]:
        """As `fetch_plots`, as CSV in chunks of any size."""
        return self._chunks("/fetch_plots", filename=collection, run_id=run_id, format="csv", **parameters)

    def fetch_deforestation_check(self, collection: str | None = None, **parameters: Any) -> Iterator[dict[str, Any]]:
        """As `fetch_plots` for the deforestation statistic alone, with its own parameters (`limit`, `plotid`, …) and default limits."""
        return map(json.loads, self._lines("/fetch_deforestation_check", filename=collection, **parameters))

    def fetch_supply_shed(self, collection: str | None = None, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The row of each collection as a whole, with the parameters of `GET /fetch_supply_shed`."""
        return map(json.loads, self._lines("/fetch_supply_shed", filename=collection, **parameters))

    def fetch_stat_regions(self, collection: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The regions that the plots lie in, with the parameters of `GET /fetch_stat_regions`."""
        return map(json.loads, self._lines("/fetch_stat_regions", filename=collection, **parameters))

    def cancel(self, collection_id: str) -> tuple[str, ...]:
        """End every open run of a collection; the ids of those that were open."""
        answer = self._session.send(lambda http: http.build_request("POST", f"/collections/{collection_id}/cancel"))
        return tuple(answer.json()["cancelled"])

    def delete(self, collection_id: str) -> None:
        """Remove a collection with its plots, results and files for good. Repeated after a lost answer it may find it gone: `not_found`."""
        self._session.send(lambda http: http.build_request("DELETE", f"/collections/{collection_id}"))

    def rejections(self, collection_id: str) -> list[Rejection]:
        """The plots of the file that were left out, in file order."""
        return [Rejection.model_validate_json(line) for line in self._lines(f"/collections/{collection_id}/rejections")]

    def config(self) -> dict[str, Any]:
        """The limits of the server."""
        return dict(self._session.get("/config").json())

    def _lines(self, path: str, **parameters: Any) -> Iterator[bytes]:
        return lines(self._chunks(path, **parameters))

    def _chunks(self, path: str, **parameters: Any) -> Iterator[bytes]:
        with self._session.stream(lambda http: http.build_request("GET", path, params=given(parameters))) as response:
            try:
                yield from response.iter_bytes()
            except httpx.TransportError as error:
                raise Incomplete(f"the answer of {path} broke off: {reason(error)}") from error
