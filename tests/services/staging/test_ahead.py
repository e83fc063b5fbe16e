"""Working ahead changes neither order nor errors, and keeps no more than it may."""

from collections.abc import Iterator

import pytest

from services.staging.ahead import THREADS, ahead


def test_results_come_in_the_order_of_the_items_and_few_are_taken_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    for place, result in enumerate(ahead(lambda item: item * item, items())):
        assert result == place * place
        assert len(taken) <= place + THREADS + 1


def test_an_error_comes_where_it_stands() -> None:
    def work(item: int) -> int:
        if item == 2:
            raise ValueError(item)
        return item

    done = ahead(work, iter(range(9)))
    assert [next(done), next(done)] == [0, 1]
    with pytest.raises(ValueError, match="2"):
        next(done)
