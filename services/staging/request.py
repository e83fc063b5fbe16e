"""What a process that reads files is asked, and the names that both sides know it by."""

from pathlib import Path
from typing import Final

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from contracts.v1.batch import BatchParameters
from services.staging.faults import FileRefused
from services.staging.rules import Limits
from services.staging.sandbox import Quota

OUTCOME_FILE: Final = "outcome.json"
FAULTS_FILE: Final = "stderr"
TOO_LATE: Final = "too late"
DISK_FULL: Final = 28
"""Exit code of a fork that found the disk full."""


@dataclass(frozen=True)
class Request:
    """One file to read."""

    source: Path
    media_type: str
    folder: Path
    """Where everything is written; it exists."""
    parameters: BatchParameters
    limits: Limits
    quota: Quota


REQUEST: Final = TypeAdapter(Request)


def memory_spent(memory_bytes: int) -> FileRefused:
    """The refusal of a file that needs more memory than it may have."""
    return FileRefused("parser_limit", limit=f"{memory_bytes >> 20} MiB of memory", setting="PARSER_MEMORY_MIB")
