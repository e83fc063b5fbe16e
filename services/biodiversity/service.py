"""The statistic `biodiversity` as a service."""

from contracts.v1.results.biodiversity import Biodiversity
from contracts.v1.stats import Statistic
from services.biodiversity.whole import landscape_of_all
from services.biodiversity.worker import LAYERS, METHOD_VERSION, compute, thresholds
from shared.stat import Method, stat_service


def columns(values: Biodiversity) -> tuple[str | None, float | None]:
    """What users filter by: there is no grade, and no area that one would ask for."""
    return None, None


METHOD = Method(
    stat=Statistic.BIODIVERSITY,
    version=METHOD_VERSION,
    thresholds=thresholds(),
    layers=tuple(sorted(LAYERS)),
    compute=compute,
    columns=columns,
    together=landscape_of_all,
)

biodiversity = stat_service(METHOD)
