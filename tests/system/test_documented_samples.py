"""Every sample of docs/batch_process.md runs as it stands, against a running system."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import sample
from services.local import LocalSystem, local
from shared.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "batch_process.md"
RUNNERS = {"sh": ["bash", "-c"], "python": [sys.executable, "-c"], "javascript": ["node", "-e"]}
SAMPLES = [(kind, code) for kind, code in re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL) if kind in RUNNERS]


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[tuple[LocalSystem, Path]]:
    made = sample.generate(tmp_path / "sample")
    async with local(Settings(data_dir=tmp_path / "data", layers_dir=made.layers_dir, port=0)) as running:
        yield running, made.plots_file


def run(command: list[str], url: str, plots: Path) -> dict[str, object]:
    environment = {**os.environ, "PLOTPROOF_URL": url, "PLOTS": str(plots)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_the_page_has_samples_in_all_three_languages() -> None:
    assert {kind for kind, _ in SAMPLES} == set(RUNNERS)


@pytest.mark.parametrize(("kind", "code"), SAMPLES, ids=[f"{number}-{kind}" for number, (kind, _) in enumerate(SAMPLES)])
async def test_a_sample_submits_the_plots(kind: str, code: str, system: tuple[LocalSystem, Path]) -> None:
    assert shutil.which(RUNNERS[kind][0]), f"{RUNNERS[kind][0]} is needed to try this sample"
    running, plots = system
    answer = await asyncio.to_thread(run, [*RUNNERS[kind], code], running.url, plots)
    assert str(answer["collection_id"]).startswith("0x")
    assert answer["status"] in ("PROCESSING", "COMPLETED")
