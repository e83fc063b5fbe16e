"""A fresh landscape for each test."""

from pathlib import Path

import pytest

from tests.services.deforestation.scene import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Undisturbed forest, to be painted."""
    return Scene(tmp_path)
