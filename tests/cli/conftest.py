"""The command as its own process, over the synthetic landscape."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sample import Sample, generate

ROOT = Path(__file__).parents[2]
PLOTPROOF = [sys.executable, "-m", "cli.main"]


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Serving:
    url: str
    process: "subprocess.Popen[str]"


@pytest.fixture(scope="session")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("landscape"))


@pytest.fixture(scope="session")
def truth(landscape: Sample) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(landscape.truth_file.read_text())
    return found


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a process of the command finds: no server of ours, a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLOTPROOF")}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200", **more}


@pytest.fixture
def plotproof(tmp_path: Path) -> Callable[..., Result]:
    """Call the command in an empty folder and wait for its end."""
    return called_in(tmp_path)


def called_in(home: Path) -> Callable[..., Result]:
    """What calls the command in a folder and waits for its end."""

    def call(*words: object, given: str = "", **env: str) -> Result:
        command = [*PLOTPROOF, *(str(word) for word in words)]
        done = subprocess.run(
            command, cwd=home, env=environment(home, **env), input=given, capture_output=True, text=True, timeout=300, check=False
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return call


@contextmanager
def serving(home: Path, *options: object, **env: str) -> Iterator[Serving]:
    """A server that ends with the block."""
    command = [*PLOTPROOF, "serve", "--port", "0", "--json", *(str(option) for option in options)]
    with (home / "serve.log").open("a") as log:
        process = subprocess.Popen(command, cwd=home, env=environment(home, **env), stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout is not None
            greeting = process.stdout.readline()
            assert greeting, (home / "serve.log").read_text()
            yield Serving(json.loads(greeting)["url"], process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, landscape: Sample) -> Iterator[str]:
    """Address of a server over the synthetic layers that the tests of a module share."""
    home = tmp_path_factory.mktemp("server")
    with serving(home, "--data", home / "data", "--layers", landscape.layers_dir) as running:
        yield running.url
