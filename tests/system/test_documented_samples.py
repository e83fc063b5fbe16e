"""Every sample of docs/batch_process.md runs as it stands, against a running system."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sample import Sample
from tests.systems import System

PAGE = Path(__file__).parents[2] / "docs" / "batch_process.md"
RUNNERS = {"sh": ["bash", "-c"], "python": [sys.executable, "-c"], "javascript": ["node", "-e"]}
SAMPLES = [(kind, code) for kind, code in re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL) if kind in RUNNERS]


def run(command: list[str], url: str, plots: Path) -> dict[str, object]:
    environment = {**os.environ, "PLOTPROOF_URL": url, "PLOTS": str(plots)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_the_page_has_samples_in_all_three_languages() -> None:
    assert {kind for kind, _ in SAMPLES} == set(RUNNERS)


@pytest.mark.parametrize(("kind", "code"), SAMPLES, ids=[f"{number}-{kind}" for number, (kind, _) in enumerate(SAMPLES)])
def test_a_sample_submits_the_plots(kind: str, code: str, one: System, demo: Sample) -> None:
    assert shutil.which(RUNNERS[kind][0]), f"{RUNNERS[kind][0]} is needed to try this sample"
    answer = run([*RUNNERS[kind], code], one.url, demo.plots_file)
    assert str(answer["collection_id"]).startswith("0x")
    assert answer["status"] in ("PROCESSING", "COMPLETED")
