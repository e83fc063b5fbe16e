"""What this deployment chose: thresholds of its own, and a table of statistical emissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.biomass.factors import versions
from services.biomass.rules import Rules, rules_of, thresholds
from services.biomass.sluc import Statistical, read_statistical


@dataclass(frozen=True, slots=True)
class Deployment:
    """The choices that results depend on."""

    rules: Rules
    statistical: Statistical | None
    pins: Mapping[str, Any]
    """What a run is planned with: every threshold, the versions of the factor tables, and which statistical table."""


def chosen(changed: Mapping[str, Any], statistical_file: Path | None) -> Deployment:
    """The choices with changed thresholds, and the table of that file; raises Refused (`thresholds_invalid`, `sluc_table`)."""
    values = thresholds(changed)
    table = None if statistical_file is None else read_statistical(statistical_file)
    pins = values | {"factors": versions(), "statistical": None if table is None else [table.version, table.checksum]}
    return Deployment(rules_of(values), table, pins)
