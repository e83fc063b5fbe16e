"""Sections of `docs/benchmarks.md`: each part of the benchmark writes its own in the place of what stood there of it."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

TITLE = "# Benchmarks"


def put(page: Path, heading: str, lines: Iterable[str]) -> None:
    """Write the section `## heading` of the page; others stay as they are, a new one stands last."""
    text = page.read_text("utf-8") if page.exists() else f"{TITLE}\n"
    before, _, rest = text.partition(f"\n## {heading}\n")
    after = rest[rest.index("\n## ") :] if "\n## " in rest else ""
    section = "\n".join([f"## {heading}", "", measured_on(), "", *lines]).rstrip()
    page.write_text(f"{before.rstrip()}\n\n{section}\n{after}", encoding="utf-8")


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown whose first column holds words and whose others hold numbers, and an empty line."""
    return ["| " + " | ".join(names) + " |", "|---|" + "---:|" * (len(names) - 1), *("| " + " | ".join(row) + " |" for row in rows), ""]


def measured_on() -> str:
    """Day and machine."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor, cores = names[0] if names else platform.machine(), len(os.sched_getaffinity(0))
    return f"Measured on {datetime.now(UTC).date()}: {processor}, {cores} cores, Python {platform.python_version()}."
