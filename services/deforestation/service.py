"""The statistic `eudr_deforestation` as a service."""

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from contracts.v1.stats import Statistic
from services.deforestation.worker import LAYERS, METHOD_VERSION, compute, thresholds
from shared.stat import Method, stat_service


def columns(values: EudrDeforestation) -> tuple[str | None, float | None]:
    """What users filter by: the alert class and the non-compliant area (ha)."""
    return values.alert_class, values.noncompliance_area_ha


METHOD = Method(
    stat=Statistic.EUDR_DEFORESTATION,
    version=METHOD_VERSION,
    thresholds=thresholds(),
    layers=tuple(sorted({layer.split(".")[0] for layer in LAYERS})),
    compute=compute,
    columns=columns,
)

deforestation = stat_service(METHOD)
