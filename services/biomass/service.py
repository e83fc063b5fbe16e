"""The statistic `luc_emissions` as a service."""

from contracts.v1.results.luc_emissions import LucEmissions
from contracts.v1.stats import Statistic
from services.biomass.bands import LAYERS
from services.biomass.deployment import deployment
from services.biomass.rules import METHOD_VERSION
from services.biomass.worker import compute
from shared.stat import Method, stat_service


def columns(values: LucEmissions) -> tuple[str | None, float | None]:
    """What users filter by: how the emissions were reckoned, and the forest that was converted (ha)."""
    return values.luc_method, values.conversion_ha


METHOD = Method(
    stat=Statistic.LUC_EMISSIONS,
    version=METHOD_VERSION,
    thresholds=dict(deployment().pins),
    layers=LAYERS,
    compute=compute,
    columns=columns,
)

biomass = stat_service(METHOD)
