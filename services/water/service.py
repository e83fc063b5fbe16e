"""The statistic `water` as a service."""

from contracts.v1.results.water import Water
from contracts.v1.stats import Statistic
from services.water.crop_table import crop_table
from services.water.rules import LAYERS, METHOD_VERSION, thresholds
from services.water.worker import compute
from shared.stat import Method, stat_service


def columns(values: Water) -> tuple[str | None, float | None]:
    """What users filter by: the category of water stress; no area."""
    return None if values.bws_cat is None else str(values.bws_cat), None


METHOD = Method(
    stat=Statistic.WATER,
    version=METHOD_VERSION,
    thresholds=thresholds() | {"crop_table": crop_table().version},
    layers=LAYERS,
    compute=compute,
    columns=columns,
)

water = stat_service(METHOD)
