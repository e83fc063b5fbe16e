"""What reads files is imported in the processes that read them, and in no other."""

import subprocess
import sys
from pathlib import Path

import pytest

MODULES = ("services.gateway.app", "services.staging.worker", "services.staging.inspection", "cli.main")
HEAVY = ("numba", "scipy", "pyogrio", "geopandas", "services.staging.stage")


@pytest.mark.parametrize("module", MODULES)
def test_no_compiler_and_no_reader_is_loaded_beside_the_parsing_processes(module: str) -> None:
    script = f"import sys, {module}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
