"""A few thousand changed files of the corpus end as plots or in a code; `fuzz.py` tries as many more as there is time for."""

from itertools import islice
from pathlib import Path

import pytest

from tests.services.staging.corpus.case import FORMATS
from tests.services.staging.fuzz import NOT_OURS, Tried, file_number, fuzz, turns

EACH = 60
"""Files of each format."""
SEED = 20261123


@pytest.mark.long
async def test_changed_files_end_as_plots_or_in_a_code_of_a_check(tmp_path: Path) -> None:
    found: list[Tried] = []
    await fuzz(tmp_path, islice(turns(list(FORMATS)), EACH * len(FORMATS)), SEED, found.append)
    assert len(found) == EACH * len(FORMATS)
    assert [(one.format, one.number, one.answer, one.told) for one in found if one.answer in NOT_OURS and not one.is_contained] == []
    for name in FORMATS:
        answers = {one.answer for one in found if one.format == name}
        assert "staged" in answers and len(answers) > 3, f"the changes of {name} reach too little: {answers}"


def test_a_changed_file_is_the_same_each_time() -> None:
    assert [file_number(name, 7, SEED) for name in FORMATS] == [file_number(name, 7, SEED) for name in FORMATS]
