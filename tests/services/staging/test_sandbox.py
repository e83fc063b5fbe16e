"""What a process that reads somebody's file cannot do."""

import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from services.staging.rules import MIB
from services.staging.sandbox import ENVIRONMENT, VECTOR_DRIVER


def confined(statement: str, **quota: Any) -> subprocess.CompletedProcess[str]:
    script = f"""
from services.staging.sandbox import Quota, confine
confine(Quota({quota.get("memory_bytes", 512 * MIB)}, 60, 60, {quota.get("written_bytes", MIB)}))
{statement}
"""
    places = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT | places, capture_output=True, text=True, check=False)


def test_a_confined_process_reaches_no_listening_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0)
        port = canary.getsockname()[1]
        assert "PermissionError" in confined(f"import socket; socket.create_connection(('127.0.0.1', {port}))").stderr
        with pytest.raises(BlockingIOError):
            canary.accept()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("import subprocess; subprocess.run(['true'])", "PermissionError"),
        ("import os; os.fork()", "PermissionError"),
        ("bytearray(2 << 30)", "MemoryError"),
        ("import tempfile; file = tempfile.TemporaryFile(); file.write(bytes(2 << 20)); file.flush()", "File too large"),
        ("import os; held = [os.dup(0) for _ in range(100)]", "Too many open files"),
    ],
)
def test_a_confined_process_starts_no_program_and_stays_within_its_limits(statement: str, error: str) -> None:
    assert error in confined(statement).stderr


def test_a_parsing_process_has_one_vector_driver_and_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    drivers = confined("import pyogrio, os; print([*pyogrio.list_drivers()], 'DATABASE_URL' in os.environ)")
    assert drivers.stdout.strip() == f"['{VECTOR_DRIVER}'] False", drivers.stderr
