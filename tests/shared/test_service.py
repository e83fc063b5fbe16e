"""What a process does for itself when it starts as a service."""

import resource
from collections.abc import Iterator

import pytest

from shared.service import OPEN_FILES, allow_open_files


@pytest.fixture
def few_files() -> Iterator[int]:
    """A process that may have few files open, though the system would let it have more; how many it would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_service_may_have_as_many_files_open_as_the_system_lets_it(few_files: int) -> None:
    allow_open_files()
    most = OPEN_FILES if few_files == resource.RLIM_INFINITY else min(few_files, OPEN_FILES)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, few_files)


def test_a_limit_that_is_higher_stays(monkeypatch: pytest.MonkeyPatch, few_files: int) -> None:
    monkeypatch.setattr("shared.service.OPEN_FILES", 256)
    allow_open_files()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (512, few_files)
