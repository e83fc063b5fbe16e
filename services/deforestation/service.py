"""The statistic `eudr_deforestation` as a service."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from contracts.v1.stats import Statistic
from services.deforestation.rules import METHOD_VERSION, rules, thresholds
from services.deforestation.whisp.indicators import whisp_rules
from services.deforestation.worker import compute, layer_ids
from shared.stat import Method, stat_service


def columns(values: EudrDeforestation) -> tuple[str | None, float | None]:
    """What users filter by: the alert class and the non-compliant area (ha)."""
    return values.alert_class, values.noncompliance_area_ha


def method(changes: Mapping[str, Any] | None = None) -> Method:
    """The method with some thresholds changed. Raises Refused (`thresholds_invalid`)."""
    held = rules(changes)
    return Method(
        stat=Statistic.EUDR_DEFORESTATION,
        version=METHOD_VERSION,
        thresholds=thresholds(changes) | {"whisp": whisp_rules().recorded()},
        layers=layer_ids(),
        compute=partial(compute, held=held),
        columns=columns,
        tuned=method,
    )


METHOD = method()

deforestation = stat_service(METHOD)
