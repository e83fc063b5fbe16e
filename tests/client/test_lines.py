"""Lines end at line feeds and nowhere else."""

import pytest
from hypothesis import given, strategies as st

from client import Incomplete
from client.lines import lines

TEXTS = st.lists(st.text("aé\u2028\u0085\r\x0c", max_size=6), max_size=5)


@given(TEXTS, st.integers(1, 7))
def test_lines_come_back_however_they_are_cut(texts: list[str], size: int) -> None:
    whole = "".join(f"{text}\n" for text in texts).encode()
    chunks = (whole[start : start + size] for start in range(0, len(whole), size))
    assert [line.decode() for line in lines(chunks)] == texts


def test_a_last_line_without_its_end_is_incomplete() -> None:
    found = lines([b"one\ntw"])
    assert next(found) == b"one"
    with pytest.raises(Incomplete):
        next(found)
