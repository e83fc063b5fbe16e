"""Reads changed files of the corpus in the processes of the service: `python -m tests.services.staging.fuzz --minutes 10`.

Every file must end as staged plots or in a code that says what is wrong with it. What ends its process, takes too much or
too long is printed and, with --keep, written to a folder; seed and number of a file make it again.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import count, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from contracts.v1.batch import BatchParameters
from services.staging.faults import FileRefused
from services.staging.parsers import Parsers, parsers
from shared.settings import Settings
from tests.services.staging.corpus.case import FORMATS, Kept
from tests.services.staging.corpus.whole import CORPUS
from tests.services.staging.mutations import mutated

LARGEST_SEED = 1 << 16
LONGEST_S = 10.0
"""What one small file may take."""
AT_ONCE = 2
GOOD_SHARE = 0.7
"""Changed files that were accepted before: they get further than those that were refused."""
NOT_OURS = ("parser_crashed", "parser_limit")
"""Codes of files that no check of ours has caught."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A changed file and what became of it."""

    format: str
    number: int
    body: bytes
    answer: str
    """Code, or `staged`."""
    told: str
    took_s: float

    @property
    def is_finding(self) -> bool:
        """True when it was not refused by a check of ours, or took too long."""
        return self.answer in NOT_OURS or self.took_s > LONGEST_S

    @property
    def is_contained(self) -> bool:
        """True for a finding that lies in a library: it aborted or wanted too much memory, and its process kept that to itself."""
        return self.answer in NOT_OURS and ("(signal " in self.told or "MiB of memory" in self.told)


@cache
def seeds(name: str, is_good: bool) -> tuple[bytes, ...]:
    """The small files of one format in the corpus, each once: those that are accepted, or all."""
    bodies = (case.make() for case in CORPUS.values() if case.format == name and (isinstance(case.outcome, Kept) or not is_good))
    return tuple(dict.fromkeys(body for body in bodies if len(body) <= LARGEST_SEED))


def file_number(name: str, number: int, seed: int) -> tuple[bytes, dict[str, Any]]:
    """A changed file and the parameters that it is read with; the same ones each time."""
    random = Random(f"{name} {seed} {number}")
    body = mutated(random, random.choice(seeds(name, is_good=random.random() < GOOD_SHARE)), seeds(name, is_good=False))
    return body, {"repair": random.choice(("off", "safe", "all")), "validate_locations": random.random() < 0.5}


def pool_settings(folder: Path) -> Settings:
    """Limits that small files can reach only by their own doing."""
    memory_mib = 512
    decoded_bytes = memory_mib << 18  # in the proportion of the defaults
    return Settings(
        data_dir=folder,
        parser_memory_mib=memory_mib,
        parser_cpu_s=10,
        parser_s=60,  # the processor's time is the file's own; by the clock it also waits for whatever else runs
        max_archive_bytes=1 << 25,
        max_decoded_bytes=decoded_bytes,
    )


async def tried(pool: Parsers, folder: Path, name: str, number: int, seed: int) -> Tried:
    """Read one changed file."""
    body, given = file_number(name, number, seed)
    source = folder / f"{name}-{number}"
    await asyncio.to_thread(source.write_bytes, body)
    parameters = BatchParameters.model_validate(
        {"collection_name": "c", "stats": ("eudr_deforestation",), "end_date": date(2025, 12, 31), **given}
    )
    answer, told, started = "staged", "", time.monotonic()
    try:
        async with pool.folder() as place:
            await pool.stage(source, FORMATS[name].media_types[0], place, parameters, lambda _done, _total: None)
    except FileRefused as refused:
        answer, told = refused.code, refused.detail
    finally:
        source.unlink()
    return Tried(name, number, body, answer, told, time.monotonic() - started)


async def fuzz(folder: Path, numbers: Iterator[tuple[str, int]], seed: int, heard: Callable[[Tried], None]) -> None:
    """Read the files of `numbers` (format and number), two at once; `heard` is told of each."""

    async def work(pool: Parsers) -> None:
        for name, number in numbers:
            heard(await tried(pool, folder, name, number, seed))

    async with parsers(pool_settings(folder)) as pool:
        for _ in range(AT_ONCE):
            await pool.warm_up()  # the time that a process takes to start is no file's
        await asyncio.gather(*(work(pool) for _ in range(AT_ONCE)))
        assert [path.name for path in pool.workshop.iterdir()] == ["lock"], "a file has left something behind"


def turns(names: list[str], start: int = 0) -> Iterator[tuple[str, int]]:
    """Format and number, each format in turn, for ever."""
    return ((name, number) for number in count(start) for name in names)


def main() -> None:
    """Fuzz for some minutes and print what was found."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--minutes", type=float, default=1.0)
    read.add_argument("--seed", type=int, default=1)
    read.add_argument("--format", action="append", choices=list(FORMATS), help="one or several; default: all")
    read.add_argument("--number", type=int, help="read this one file again and say what becomes of it")
    read.add_argument("--keep", type=Path, help="folder for the files that were found")
    given = read.parse_args()
    names = given.format or list(FORMATS)
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    ends = time.monotonic() + 60 * given.minutes
    wanted = (islice(turns(names, given.number), len(names)) if given.number is not None else _until(ends, turns(names)))  # fmt: skip
    answers: Counter[tuple[str, str]] = Counter()

    def heard(one: Tried) -> None:
        answers[one.format, one.answer] += 1
        if one.is_finding or given.number is not None:
            print(f"FOUND {one.format} --seed {given.seed} --number {one.number}: {one.answer}, {one.took_s:.1f} s, {one.told}", flush=True)
        if one.is_finding and given.keep is not None:
            given.keep.mkdir(parents=True, exist_ok=True)
            (given.keep / f"{one.format}-{given.seed}-{one.number}").write_bytes(one.body)

    with TemporaryDirectory() as folder:
        asyncio.run(fuzz(Path(folder), wanted, given.seed, heard))
    for (name, answer), times in sorted(answers.items()):
        print(f"{name:12} {answer:28} {times}")
    print(f"{answers.total()} files")


def _until(ends: float, numbers: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for each in numbers:
        if time.monotonic() > ends:
            return
        yield each


if __name__ == "__main__":
    main()
