"""A call of `stage` on a text, with everything that does not matter to a test filled in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.v1.batch import BatchParameters
from services.staging.stage import Limits, Staged, stage
from tests.services.staging.make import without_remarks

Stage = Callable[..., Staged]


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("staged")

    def run(
        content: Any, media_type: str = "application/geo+json", limits: Limits | None = None, remarks: bool = False, **parameters: Any
    ) -> Staged:
        """Without `remarks` the warnings are those of reading: what is remarked on good plots has tests of its own."""
        text = content.encode() if isinstance(content, str) else content
        body = text if isinstance(text, bytes) else orjson.dumps(text)
        source = folder / "source"
        source.write_bytes(body)
        order = BatchParameters.model_validate(
            {"collection_name": "c", "stats": ("eudr_deforestation",), "end_date": date(2025, 12, 31), **parameters}
        )
        destination = folder / "plots.parquet"
        destination.unlink(missing_ok=True)
        try:
            result = stage(source, media_type, destination, order, limits or Limits(), lambda done, total: None)
        finally:
            assert not Path(f"{destination}.part").exists()
        kept = result.warnings if remarks else {code: result.warnings[code] for code in without_remarks(result.warnings)}
        return replace(result, warnings=kept)

    return run
