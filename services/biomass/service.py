"""The statistic `luc_emissions` as a service."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from contracts.v1.results.luc_emissions import LucEmissions
from contracts.v1.stats import Statistic
from services.biomass.bands import LAYERS
from services.biomass.deployment import chosen
from services.biomass.rules import METHOD_VERSION
from services.biomass.worker import compute
from shared.settings import settings
from shared.stat import Method, stat_service


def columns(values: LucEmissions) -> tuple[str | None, float | None]:
    """What users filter by: how the emissions were reckoned, and the forest that was converted (ha)."""
    return values.luc_method, values.conversion_ha


def method(changes: Mapping[str, Any] | None = None) -> Method:
    """The method with some thresholds changed. Raises Refused (`thresholds_invalid`, `sluc_table`)."""
    deployed = chosen(changes or {}, settings().biomass_statistical_file)
    return Method(
        stat=Statistic.LUC_EMISSIONS,
        version=METHOD_VERSION,
        thresholds=dict(deployed.pins),
        layers=LAYERS,
        compute=partial(compute, deployed=deployed),
        columns=columns,
        tuned=method,
    )


METHOD = method()

biomass = stat_service(METHOD)
